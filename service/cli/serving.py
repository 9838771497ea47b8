"""`rongqiao demo` and `rongqiao serve`."""

import argparse
import socket

from service.cli.printing import print_line
from service.errors import BadRequestError
from service.settings import Settings
from service.work import demo, learned
from service.work.home import Home, open_home

PRESET_ENTERPRISES = 5000
PRESET_SEED = 20260630
LAST_PORT = 65535


def add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", home: argparse.ArgumentParser, settings: Settings
) -> None:
    """Add the two commands."""
    show = commands.add_parser("demo", parents=[home], help="build a synthetic province, match in it and serve it")
    show.add_argument("--enterprises", type=int, default=PRESET_ENTERPRISES, metavar="N")
    show.add_argument("--seed", type=int, default=PRESET_SEED, metavar="S")
    show.add_argument("--no-serve", action="store_true", help="stop after the first matches")
    show.set_defaults(work=_demo)
    serve = commands.add_parser("serve", parents=[home], help="serve the portals and the API")
    serve.set_defaults(work=_serve)
    for command in (show, serve):
        command.add_argument("--port", type=_port, default=settings.port, metavar="P", help=f"preset {settings.port}")


def _demo(arguments: argparse.Namespace, settings: Settings) -> int:
    if not arguments.no_serve:
        _require_free(settings.host, arguments.port)  # before minutes of building, not after
    home = demo.build(arguments.home, enterprises=arguments.enterprises, seed=arguments.seed, say=print_line)
    if arguments.no_serve:
        return 0
    return _run(home, settings, arguments.port)


def _serve(arguments: argparse.Namespace, settings: Settings) -> int:
    _require_free(settings.host, arguments.port)
    return _run(open_home(arguments.home, settings.database), settings, arguments.port)


def _run(home: Home, settings: Settings, port: int) -> int:
    import uvicorn  # noqa: PLC0415 (a match on the command line needs no web server)

    from service.app import create_app  # noqa: PLC0415

    app = create_app(home, settings)
    learned.make_ready(home)
    print_line(f"融桥 RongQiao: http://{settings.host}:{port}/")
    for user in demo.logins(home):
        print_line(f"  演示登录 demo login {user.login}: {user.name}")
    uvicorn.run(app, host=settings.host, port=port, log_level="warning", access_log=False, server_header=False)
    return 0


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; a whole number from 1 to {LAST_PORT}")
    return int(text)


def _require_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise BadRequestError(
                f"端口 {port} 已被占用，请用 --port 另选。", f"Port {port} is in use; choose another with --port."
            ) from error
