"""`rongqiao product schema` and `rongqiao product cel`."""

import argparse

from service.access.caller import COMMAND
from service.cli.printing import print_json
from service.settings import Settings
from service.work import criteria_export
from service.work.home import open_home


def add(acts: "argparse._SubParsersAction[argparse.ArgumentParser]", home: argparse.ArgumentParser) -> None:
    """Add `schema` and `cel` to the acts of `product`."""
    schema = acts.add_parser("schema", help="print the JSON Schema of criteria")
    schema.set_defaults(work=_schema)
    cel = acts.add_parser("cel", parents=[home], help="print the criteria of a product as CEL")
    cel.add_argument("id", metavar="PRODUCT_ID")
    cel.set_defaults(work=_cel)


def _schema(_: argparse.Namespace, __: Settings) -> int:
    print_json(criteria_export.schema())
    return 0


def _cel(arguments: argparse.Namespace, settings: Settings) -> int:
    print_json(criteria_export.cel(open_home(arguments.home, settings.database), COMMAND, arguments.id))
    return 0
