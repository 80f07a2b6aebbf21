"""The order in which engines take their turns."""

from benchmarks.thumbnails import rotated


def test_each_turn_begins_with_another_engine() -> None:
    names = ["ours", "bare", "sharp"]
    turns = [rotated(names, number) for number in range(4)]
    assert [turn[0] for turn in turns] == ["ours", "bare", "sharp", "ours"]
    assert turns[1] == ["bare", "sharp", "ours"]
    assert all(sorted(turn) == sorted(names) for turn in turns)
