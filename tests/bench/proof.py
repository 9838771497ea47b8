"""The full sizes behind what is claimed, part by part: `python tests/bench/proof.py [PART …]`, as `make proof` runs it.

Each part is a list of commands; the last line that a command prints is its figures as one JSON object. At the end every
figure stands once more beside its part, with the commit and the cores: what BENCHMARKS.md takes.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PYTHON = sys.executable
RONGQIAO = str(Path(PYTHON).with_name("rongqiao"))

# HOME stands for a new folder that goes afterwards; DATA for the folder of real data.
PARTS = {
    "features": [
        [PYTHON, "tests/bench/bench_features.py", "--size", "full"],
        [PYTHON, "tests/bench/proof_features.py"],
    ],
    "province": [
        [PYTHON, "tests/bench/bench_province.py", "--size", "full"],
        [PYTHON, "tests/bench/proof_province.py"],
    ],
    "ranking": [[PYTHON, "tests/bench/bench_ranking.py", "--size", "full"]],
    "studies": [[PYTHON, "tests/bench/bench_studies.py", "--size", "full"]],
    "warning": [[PYTHON, "tests/bench/bench_warning.py", "--size", "full"]],
    "matching": [
        [PYTHON, "tests/bench/bench_match.py", "--size", "full"],
        [PYTHON, "tests/bench/bench_market.py", "--size", "full"],
        [PYTHON, "tests/bench/bench_advice.py", "--size", "full"],
        [PYTHON, "tests/bench/bench_readiness.py", "--size", "full"],
        [PYTHON, "tests/bench/bench_sides.py", "--size", "full"],
        [RONGQIAO, "cases", "cases"],
    ],
    "demo": [
        [RONGQIAO, "demo", "--home", "HOME", "--no-serve"],
        [RONGQIAO, "audit", "verify", "--home", "HOME"],
    ],
    "real": [
        [RONGQIAO, "ingest", "cumcm2020c", "DATA/cumcm2020c", "--home", "HOME"],
        [RONGQIAO, "profile", "--home", "HOME"],
        [RONGQIAO, "train", "--home", "HOME"],
        [RONGQIAO, "match", "--home", "HOME", "--enterprise", "E1"],
        [RONGQIAO, "audit", "verify", "--home", "HOME"],
    ],
}


def main(asked: list[str]) -> int:
    """Run the parts asked for, or all; return 1 where a command failed or a part is unknown."""
    if unknown := sorted(set(asked) - set(PARTS)):
        print(f"proof: no part {', '.join(unknown)}; there are {', '.join(PARTS)}", file=sys.stderr)
        return 1
    figures = {part: run_part(part) for part in asked or PARTS}
    failed = [part for part, steps in figures.items() if any(step["exit"] for step in steps)]
    print(json.dumps({"commit": commit(), "cores": os.cpu_count(), "failed": failed, "parts": figures}))
    return 1 if failed else 0


def run_part(part: str) -> list[dict[str, object]]:
    """Run a part's commands in order, up to the first that fails; return seconds, exit code and figures of each."""
    done: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory(prefix="rongqiao-proof-") as home:
        for step in PARTS[part]:
            command = [
                word.replace("HOME", home).replace("DATA", os.environ.get("RONGQIAO_DATA", "DATA")) for word in step
            ]
            print(f"--- {part}: {' '.join(step[1:])}", flush=True)
            started = time.monotonic()
            process = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603
            print(process.stdout, end="", flush=True)
            seconds = round(time.monotonic() - started, 1)
            name = " ".join(Path(word).name for word in step[:3] if not word.startswith("-"))
            done.append({"step": name, "s": seconds, "exit": process.returncode, **figures_of(process.stdout)})
            if process.returncode:
                break
    return done


def figures_of(printed: str) -> dict[str, object]:
    """Return the JSON object of the last line printed, or nothing where that line is none."""
    last = printed.strip().rsplit("\n", 1)[-1]
    try:
        read = json.loads(last)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def commit() -> str:
    """Return the short name of the checked-out commit, marked where files differ from it."""
    command = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
