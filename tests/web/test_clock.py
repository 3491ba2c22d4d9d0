"""Clocks that are set forward and back."""

from gatelodge.web.clock import HELD, Certain, Held


class Machine:
    """A machine whose clock somebody sets."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.5
        self.running = 0.0

    def passes(self, seconds: float, step: float = 0) -> None:
        """Let time pass, and set the clock by a step."""
        self.running += seconds
        self.time += seconds + step


def test_a_little_step_back_is_waited_out() -> None:
    """What has expired stays so; then the clock goes on."""
    machine = Machine()
    clock = Held(lambda: machine.time)
    began = clock()
    machine.passes(0, step=-HELD)
    assert clock() == began
    machine.passes(HELD - 1)
    assert clock() == began
    machine.passes(2)
    assert clock() == began + 1


def test_a_large_step_back_is_followed() -> None:
    """A clock that was wrong by a day does not stand still for one."""
    machine = Machine()
    clock = Held(lambda: machine.time)
    began = clock()
    machine.passes(0, step=86_400)
    assert clock() == began + 86_400
    machine.passes(10, step=-86_400)
    assert clock() == began + 10


def test_a_step_forward_makes_nothing_old() -> None:
    """What may be forgotten ages as time passes, and not as clocks are set."""
    machine = Machine()
    clock = Certain(lambda: int(machine.time), lambda: machine.running)
    began = clock()
    machine.passes(10, step=86_400)
    assert clock() == began + 10
    machine.passes(0, step=-2 * 86_400)
    assert clock() == began + 10 - 86_400
