"""Files of cases a banker writes: a product, where it was read, and firms with the verdict each must get.

Facts stand in the units criteria are written in (yuan, decimal text, whole numbers, ISO days, codes); a fact that is
left out is missing. A file may name a `firm` whose facts every case starts from: a case then says what is different and
what is `missing`. `docs/cases.md` describes the format. A case that cannot be read does not keep the others of its file
from being run.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr, ValidationError

from matching.amounts import fen_of, ppm_of
from matching.cases_yaml import compose, items, members, only, plain
from matching.criteria import threshold
from matching.eligibility import AMOUNT_RANGE, CREDIT_LINE, TERM_RANGE, Request
from matching.errors import CaseError, MatchingError
from matching.product import Product, load_products
from matching.vocabulary import column

T = TypeVar("T")

ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

OWN = "own"
PRODUCT, SOURCE, CASES, NOTE, DAY, FIRM = "product", "source", "cases", "note_zh", "as_of", "firm"
KEYS = (PRODUCT, SOURCE, NOTE, DAY, FIRM, CASES)


class Said(StrEnum):
    """What a firm is told of a product."""

    yes = "yes"
    no = "no"
    cannot_tell = "cannot tell"


class Source(BaseModel):
    """Where a product was read: the row of the list of published products, its address and its day as printed there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[StrictStr, Field(pattern=r"^P[0-9]{3}$")]
    url: Annotated[StrictStr, Field(min_length=1)]
    date: Annotated[StrictStr, Field(min_length=1)]


class _Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    amount_yuan: StrictInt | StrictStr | None = None
    term_months: StrictInt | None = None


class _Written(BaseModel):
    """A case as written. Of the expectations what is not given is not compared; the verdict always is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[StrictStr, Field(min_length=1, max_length=200)]
    as_of: StrictStr | None = None
    facts: dict[str, StrictInt | StrictStr] = Field(default_factory=dict)
    missing: tuple[StrictStr, ...] = ()
    request: _Asked = _Asked()
    verdict: StrictStr
    first_failing: StrictStr | None = None
    sentence: StrictStr | None = None
    all_in: StrictStr | None = None
    all_in_at_least: StrictStr | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A firm on a day, what it asks for, and what must come; facts as `criteria.threshold` holds them."""

    name: str
    as_of: date
    facts: Mapping[str, int | str]
    request: Request
    verdict: Said
    first_failing: str | None
    sentence: str | None
    all_in_ppm: int | None
    all_in_at_least_ppm: int | None


@dataclass(frozen=True, slots=True)
class _Common:
    """What the cases of a file start from."""

    product: Product
    as_of: date | None
    firm: Mapping[str, int | str]


@dataclass(frozen=True, slots=True)
class Broken:
    """A case that cannot be read, or with no `case` the whole file."""

    case: str
    sentence: str


@dataclass(frozen=True, slots=True)
class CaseFile:
    """The cases of one product, and those that could not be read; `source` is None where the product is our own."""

    product: Product
    source: Source | None
    cases: tuple[Case, ...]
    broken: tuple[Broken, ...]


def read_cases(text: str, packaged: Mapping[str, Product], beside: Callable[[str], str]) -> CaseFile:
    """Read a file of cases; `packaged` are products by id, `beside` reads a file that stands beside this one.

    Raises CaseError, or another MatchingError of the product, where the file as a whole cannot be used.
    """
    root = members(compose(text), "")
    only(root, KEYS, "")
    for name in (PRODUCT, SOURCE, CASES):
        if name not in root:
            raise CaseError(f"{name}: the key is missing")
    if NOTE in root and not isinstance(plain(root[NOTE], NOTE), str):
        raise CaseError(f"{NOTE}: text is wanted")
    product = _product(plain(root[PRODUCT], PRODUCT), packaged, beside)
    source = _source(plain(root[SOURCE], SOURCE))
    nodes = items(root[CASES], CASES)
    if not nodes:
        raise CaseError(f"{CASES}: there is no case")
    common = _Common(product, _day_of_all(root), _firm(root))
    cases, broken = _cases(nodes, common)
    return CaseFile(product, source, cases, broken)


def _day_of_all(root: Mapping[str, yaml.Node]) -> date | None:
    return _day(plain(root[DAY], DAY)) if DAY in root else None


def _firm(root: Mapping[str, yaml.Node]) -> Mapping[str, int | str]:
    written = plain(root[FIRM], FIRM) if FIRM in root else {}
    if not isinstance(written, dict):
        raise CaseError(f"{FIRM}: facts are wanted")
    return {name: _in(f"{FIRM}.{name}", _fact, name, value) for name, value in written.items()}


def _cases(nodes: Sequence[yaml.Node], common: _Common) -> tuple[tuple[Case, ...], tuple[Broken, ...]]:
    cases: list[Case] = []
    broken: list[Broken] = []
    names: set[str] = set()
    for place, node in enumerate(nodes):
        title = _title(node, place)
        try:
            if title in names:
                raise CaseError("name: another case of the file has it")
            names.add(title)
            cases.append(_case(plain(node, ""), common))
        except MatchingError as error:
            broken.append(Broken(title, str(error)))
    return tuple(cases), tuple(broken)


def _title(node: yaml.Node, place: int) -> str:
    # What the case is called, as far as that can be read, for the report.
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if key.value == "name" and isinstance(value, yaml.ScalarNode) and value.value:
            return str(value.value)
    return f"number {place + 1}"


def _product(written: Any, packaged: Mapping[str, Product], beside: Callable[[str], str]) -> Product:  # noqa: ANN401
    if isinstance(written, dict):
        return load_products(json.dumps([written], ensure_ascii=False))[0]
    if not isinstance(written, str):
        raise CaseError(f"{PRODUCT}: a product, the id of a packaged one or a JSON file beside this one is wanted")
    if not written.endswith(".json"):
        if written not in packaged:
            raise CaseError(f"{PRODUCT}: there is no packaged product {written}")
        return packaged[written]
    products = load_products(beside(written))
    if len(products) != 1:
        raise CaseError(f"{PRODUCT}: {written} holds {len(products)} products, not one")
    return products[0]


def _source(written: Any) -> Source | None:  # noqa: ANN401 (whatever was written)
    if written == OWN:
        return None
    try:
        return Source.model_validate(written)
    except ValidationError as error:
        raise CaseError(f"{SOURCE}{_first(error)}") from None


def _case(written: Any, common: _Common) -> Case:  # noqa: ANN401 (whatever was written)
    try:
        read = _Written.model_validate(written)
    except ValidationError as error:
        raise CaseError(_first(error).removeprefix(".")) from None
    verdict = _verdict(read)
    as_of = common.as_of if read.as_of is None else _day(read.as_of)
    if as_of is None:
        raise CaseError(f"{DAY}: neither the case nor the file says a day")
    asked = _in("request", _request, read.request)
    _check_expected(read, common.product)
    return Case(
        name=read.name,
        as_of=as_of,
        facts=_facts(read, common.firm),
        request=asked,
        verdict=verdict,
        first_failing=read.first_failing,
        sentence=read.sentence,
        all_in_ppm=_rate("all_in", read.all_in),
        all_in_at_least_ppm=_rate("all_in_at_least", read.all_in_at_least),
    )


def _verdict(read: _Written) -> Said:
    if read.verdict not in set(Said):
        raise CaseError(f'verdict: "yes", "no" or "cannot tell" is wanted, not {read.verdict!r}')
    if read.verdict != Said.no and (read.first_failing is not None or read.sentence is not None):
        raise CaseError('first_failing: only a verdict "no" has a criterion that fails')
    return Said(read.verdict)


def _check_expected(read: _Written, product: Product) -> None:
    ids = {clause.id for clause in product.criteria} | {AMOUNT_RANGE, TERM_RANGE, CREDIT_LINE}
    if read.first_failing is not None and read.first_failing not in ids:
        raise CaseError(f"first_failing: the product has no criterion {read.first_failing}")
    if read.all_in is not None or read.all_in_at_least is not None:
        if read.request.amount_yuan is None or read.request.term_months is None:
            raise CaseError("all_in: a rate is that of an amount and a term: write both under request")
        whole = not any(fee.unknown and fee.payer == "enterprise" for fee in product.fees)
        if whole != (read.all_in_at_least is None):
            raise CaseError("all_in: where a fee is not published the rate is a least: write all_in_at_least")


def _day(written: object) -> date:
    if not isinstance(written, str) or not ISO_DAY.fullmatch(written):
        raise CaseError(f"{DAY}: a day is written as 2026-06-30, not {written}")
    return _in(DAY, date.fromisoformat, written)


def _facts(read: _Written, firm: Mapping[str, int | str]) -> Mapping[str, int | str]:
    own = {name: _in(f"facts.{name}", _fact, name, value) for name, value in read.facts.items()}
    for name in read.missing:
        if name in own or name not in firm:
            raise CaseError(f"missing.{name}: only a fact of the firm can be taken away, and not one the case gives")
    return {name: value for name, value in ({**firm, **own}).items() if name not in read.missing}


def _fact(name: str, value: int | str) -> int | str:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise CaseError("a number or text is wanted")
    of = column(name)
    if of.unit == "flag" and value not in (0, 1):
        raise CaseError("1 (yes) or 0 (no) is wanted")
    return threshold(of, value)


def _request(read: _Asked) -> Request:
    return Request(None if read.amount_yuan is None else fen_of(read.amount_yuan), read.term_months)


def _rate(name: str, written: str | None) -> int | None:
    return None if written is None else _in(name, ppm_of, written)


def _in(where: str, read: Callable[..., T], *written: object) -> T:
    try:
        return read(*written)
    except ValueError as error:
        raise CaseError(f"{where}: {error}") from None


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    where = "".join(f".{part}" for part in first["loc"] if part not in ("int", "str"))
    return f"{where}: {first['msg']}"
