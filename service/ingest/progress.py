"""A progress bar on standard error for work that takes longer than two seconds."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

#: Is told what is being done, how many steps of it are done, and how many there are.
Tell = Callable[[str, int, int], None]

PATIENCE_SECONDS = 2.0


def tell_nobody(_stage: str, _done: int, _steps: int) -> None:
    """Show nothing."""


@contextmanager
def shown_progress() -> Iterator[Tell]:
    """Show a bar on standard error once two seconds have gone by; where that is no terminal, a line per stage."""
    console = Console(stderr=True)
    started = time.monotonic()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=1, visible=False)
        said = ""

        def tell(stage: str, done: int, steps: int) -> None:
            nonlocal said
            late = time.monotonic() - started >= PATIENCE_SECONDS
            bar.update(task, description=stage, completed=done, total=steps, visible=late)
            if late and stage != said and not console.is_terminal:
                console.print(f"{stage} …", highlight=False)
            said = stage

        yield tell
