"""Everything that a spec can make happen reaches the adapter, with its values; where it says that a call fails, the
tool must fail."""

from __future__ import annotations

from pathlib import Path

import pytest

import hvcheck
from hvcheck.stateful.setup import Setup, prepare
from hvcheck.stateful.state_machine import NonconformanceError, try_out

SPEC = """
era words
sort VM, BLOCK, DATA
const zero: DATA
enum MODE { full changed }
place host
place guest[VM]
budget writes "writes"
storage Plain driver "flat" {
  var now: map[BLOCK] DATA = zero
  var diff: map[BLOCK] DATA?
  var snap: bool
  op write(b: BLOCK, x: DATA) { now[b] := x }
  op shadow() requires not snap { all b in BLOCK { diff[b] := now[b] }  snap := true }
  op forget() { all b in BLOCK { now[b] := zero  diff[b] := none }  snap := false }
}
var disk:  map[VM] Plain
var taken: map[VM] Plain
var mode:  MODE = full
actor Tool on host {
  var busy: bool
  on Begin(m: MODE) { require not busy else fail BUSY  busy := true  mode := m }
  on End { busy := false }
}
actor Guest[vm: VM] on guest[vm] {
  var ready: bool
  on Prepare(m: MODE) { ready := true }
}
actor Requester on host {
  on Go {
    -> Tool: Begin(changed)
    try {
      within 10s { each vm in VM { -> Guest[vm]: Prepare(changed) } } else { fail TOO_LATE }
      step Snapshot { all vm in VM { taken[vm] := disk[vm] } }
      each vm in VM { step Mark(vm) { if not disk[vm].snap { disk[vm].shadow() } } }
      try { -> Tool: Begin(full) } recover BUSY { }
      -> Tool: End
    } recover { -> Tool: End  rethrow }
  }
}
protocol Backup by Requester { -> Requester: Go }
env Write(vm: VM, b: BLOCK, x: DATA) spends writes on guest[vm] when x != disk[vm].now[b] { disk[vm].write(b, x) }
fault GuestCrash(vm: VM) at most 1 on guest[vm] when up(guest[vm]) { crash guest[vm] }
property Freed always ended(Backup) implies not Tool.busy
scope small { VM = 2  BLOCK = 1  DATA = 2  writes = 1 }
scenario calm    { }
scenario late    { deadlines = 1 }
scenario crashes { GuestCrash = 1 }
"""


class Words(hvcheck.Adapter):
    """A tool in memory that does what the spec says."""

    def start(self) -> None:
        machines = range(self.sizes["VM"])
        self.now = {vm: [0] * self.sizes["BLOCK"] for vm in machines}
        self.taken = {vm: [0] * self.sizes["BLOCK"] for vm in machines}
        self.marked = dict.fromkeys(machines, False)
        self.ready = dict.fromkeys(machines, False)
        self.busy = False
        self.mode = "full"
        self.heard: list[str] = []

    @hvcheck.on("Tool.Begin")
    def begin(self, m: str, sender: str) -> None:
        assert sender == "Requester"
        if self.busy:
            raise hvcheck.Refused("BUSY")
        self.busy, self.mode = True, m

    @hvcheck.on("End")
    def end(self) -> None:
        self.busy = False

    @hvcheck.on("Guest.Prepare")
    def prepare(self, **values: object) -> None:
        assert sorted(values) == ["m", "sender", "vm"]
        assert values["m"] == "changed"
        self.ready[values["vm"]] = True  # type: ignore[index]

    @hvcheck.on("taken.copy")
    def copy(self, vm: int, source: tuple[str, int]) -> None:
        assert source == ("disk", vm)
        self.taken[vm] = list(self.now[vm])

    @hvcheck.on("disk.shadow")
    def shadow(self, vm: int) -> None:
        self.marked[vm] = True

    @hvcheck.on("disk.write")
    def write(self, vm: int, b: int, x: int) -> None:
        self.now[vm][b] = x

    @hvcheck.on("deadline")
    def deadline(self, limit: str) -> None:
        assert limit == "10s"

    @hvcheck.on("GuestCrash")
    def crashed(self, vm: int) -> None:
        assert vm in self.now

    @hvcheck.observe("disk.now")
    def live(self, vm: int, block: int) -> int:
        return self.now[vm][block]

    @hvcheck.observe("taken.now")
    def captured(self, vm: int, block: int) -> str:
        return "data1" if self.taken[vm][block] else "zero"

    @hvcheck.observe("disk.snap")
    def snap(self, vm: int) -> bool:
        return self.marked[vm]

    @hvcheck.observe("Tool.busy")
    def is_busy(self) -> bool:
        return self.busy

    @hvcheck.observe("mode")
    def what_mode(self) -> str:
        return self.mode

    @hvcheck.observe("Guest.ready")
    def is_ready(self, vm: int) -> bool:
        return self.ready[vm]


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("words") / "words.hvs"
    file.write_text(SPEC, encoding="utf-8")
    return str(file)


@pytest.mark.parametrize(
    ("scenario", "never"),
    [("calm", {"deadline", "GuestCrash"}), ("late", {"GuestCrash"}), ("crashes", {"deadline"})],
)
def test_everything_that_happens_reaches_the_tool(spec: str, scenario: str, never: set[str]) -> None:
    report = try_out(prepare(Setup(spec, scenario, tool=Words)), profile="ci", examples=3)
    assert report.passed, report.outcome
    _, *left = report.notes
    assert left == ([f"never happened: {', '.join(sorted(never, key='deadline GuestCrash'.index))}"] if never else [])


class NeverRefuses(Words):
    def begin(self, m: str, sender: str) -> None:  # noqa: ARG002
        self.busy, self.mode = True, m


class RefusesOtherwise(Words):
    def begin(self, m: str, sender: str) -> None:
        if self.busy:
            raise hvcheck.Refused("TOO_EARLY")
        super().begin(m, sender)


class TakesTheWrongDisk(Words):
    def copy(self, vm: int, source: tuple[str, int]) -> None:  # noqa: ARG002
        self.taken[vm] = list(self.now[0])


class IsDownWhenCalled(Words):
    """A crashed guest is still prepared: the spec delivers nothing to it, so nothing here is called."""

    def crashed(self, vm: int) -> None:
        self.ready[vm] = True


@pytest.mark.parametrize(
    ("tool", "scenario", "said"),
    [
        (NeverRefuses, "calm", r"Tool.Begin\(m=full\): expected that it fails with BUSY .* found that it is done"),
        (RefusesOtherwise, "calm", r"expected that it fails with BUSY, found that it fails with TOO_EARLY"),
        (TakesTheWrongDisk, "calm", r"taken.now\[vm1, block0\]: the model says .*, the tool shows"),
        (IsDownWhenCalled, "crashes", r"Guest.ready\[vm0\]: the model says false, the tool shows true"),
    ],
)
def test_a_slip_in_any_of_it_is_caught(spec: str, tool: type[Words], scenario: str, said: str) -> None:
    machine = hvcheck.state_machine(spec, scenario=scenario, adapter=tool, profile="ci")
    with pytest.raises(NonconformanceError, match=said):
        machine.TestCase("runTest").debug()


@pytest.mark.slow
def test_an_adapter_runs_against_a_shipped_era() -> None:
    class Applications(hvcheck.Adapter):
        def start(self) -> None:
            self.frozen = dict.fromkeys(range(self.sizes["VM"]), False)

        @hvcheck.on("App.OnFreeze")
        def freeze(self, vm: int) -> None:
            self.frozen[vm] = True

        @hvcheck.on("App.OnThaw", "App.OnAbort", "App.OnBackupShutdown")
        def thaw(self, vm: int) -> None:
            self.frozen[vm] = False

        @hvcheck.observe("App.frozen")
        def is_frozen(self, vm: int) -> bool:
            return self.frozen[vm]

    class Deaf(Applications):
        def thaw(self, vm: int) -> None:
            pass

    def run(tool: type[hvcheck.Adapter]) -> None:
        calm = {"transactions": 0}
        hvcheck.state_machine("ws2012", "machines", "ideal", adapter=tool, profile="ci", parameters=calm).TestCase(
            "runTest"
        ).debug()

    run(Applications)
    with pytest.raises(NonconformanceError, match=r"App.frozen\[vm0\]: the model says false, the tool shows true"):
        run(Deaf)


def test_the_example_of_a_message_of_several_actors_names_them(spec: str) -> None:
    class Ambiguous(Words):
        @hvcheck.on("OnFreeze")
        def freeze(self) -> None: ...

    with pytest.raises(hvcheck.AdapterError, match="`OnFreeze` is a message of several actors"):
        hvcheck.state_machine("ws2012", adapter=Ambiguous)
    assert Path(spec).is_file()
