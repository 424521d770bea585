"""The scenarios, each a function of a `Contest`, in the order they are run."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from bench.contest import Contest
from bench.scenarios.burst import burst
from bench.scenarios.harness import harness
from bench.scenarios.idle import idle
from bench.scenarios.light import light
from bench.scenarios.mint import mint
from bench.scenarios.page import page
from bench.scenarios.replicas import replicas
from bench.scenarios.short import short
from bench.scenarios.sqlite import sqlite
from bench.scenarios.stall import stall
from bench.scenarios.start import start
from bench.scenarios.steady import steady
from bench.scenarios.tabs import tabs
from bench.scenarios.verify import verify

SCENARIOS: Mapping[str, Callable[[Contest], None]] = MappingProxyType(
    {
        "harness": harness,
        "burst": burst,
        "steady": steady,
        "light": light,
        "short": short,
        "sqlite": sqlite,
        "idle": idle,
        "mint": mint,
        "verify": verify,
        "page": page,
        "start": start,
        "stall": stall,
        "replicas": replicas,
        "tabs": tabs,
    }
)
