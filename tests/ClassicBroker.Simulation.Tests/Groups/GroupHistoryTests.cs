using ClassicBroker.Primitives;
using ClassicBroker.Simulation.Runs;
using ClassicBroker.Simulation.Runs.Groups;

namespace ClassicBroker.Simulation.Tests.Groups;

/// <summary>The judge of what a group is told: lets pass what Kafka promises, and nothing else.</summary>
public sealed class GroupHistoryTests
{
    private static readonly TopicPartition Partition = new("t", 0);

    private readonly GroupHistory _history = new();

    [Fact]
    public void An_acknowledged_commit_must_be_read()
    {
        Accept(5, generation: 1);
        _history.Read(Partition, 5, _history.Tick());

        RequireBroken("H13", () => _history.Read(Partition, -1, _history.Tick()));
        RequireBroken("H13", () => _history.Read(Partition, 4, _history.Tick()));
    }

    [Fact]
    public void A_read_that_began_before_a_commit_ended_may_miss_it()
    {
        var began = _history.Tick();
        Accept(5, generation: 1);

        _history.Read(Partition, -1, began);
    }

    [Fact]
    public void A_commit_without_an_answer_may_count_or_not_until_its_generation_is_over()
    {
        Accept(5, generation: 1);
        Begin(7, generation: 1);
        _history.Read(Partition, 7, _history.Tick());
        _history.Read(Partition, 5, _history.Tick());
        _history.Own(2, "leader", 0, [Partition]);
        Accept(6, generation: 2);

        RequireBroken("H13", () => _history.Read(Partition, 7, _history.Tick()));
    }

    [Fact]
    public void A_commit_for_an_old_generation_must_be_refused()
    {
        _history.Own(2, "leader", 0, [Partition]);

        RequireBroken("H14", () => Accept(5, generation: 1));
    }

    [Fact]
    public void A_commit_under_the_id_of_a_static_member_that_was_replaced_must_be_refused()
    {
        _history.Own(1, null, 0, [Partition]);
        _history.Retire("member-of-1");

        RequireBroken("H14", () => Accept(5, generation: 1));
    }

    [Fact]
    public void A_partition_has_one_owner_in_a_generation()
    {
        _history.Own(1, "leader", 0, [Partition]);
        _history.Own(2, "leader", 1, [Partition]);

        RequireBroken("H14", () => _history.Own(2, "leader", 0, [Partition]));
        RequireBroken("H14", () => _history.Own(2, "another", 1, [Partition]));
        RequireBroken("H14", () => _history.Join(generation: 1, generationBefore: 2));
    }

    [Fact]
    public void A_group_that_committed_nothing_may_begin_again_where_it_is_forgotten()
    {
        var history = new GroupHistory(mayDissolve: true);
        history.Own(1, "leader", 0, [Partition]);
        history.Own(1, "another", 1, [Partition]);
        history.Accept(history.Begin(Partition, 5, new MemberIdentity("another", null, 1)));

        RequireBroken("H14", () => history.Own(1, "a third", 2, [Partition]));
    }

    [Fact]
    public void A_group_leaves_nothing_out()
    {
        _history.Process(Partition, 0, 3);
        _history.Process(Partition, 1, 5);

        RequireBroken("H5", () => _history.Process(Partition, 6, 7));
    }

    private static void RequireBroken(string invariant, Action action) =>
        Assert.Equal(invariant, Assert.Throws<InvariantBrokenException>(action).Invariant);

    private GroupCommit Begin(long offset, int generation) =>
        _history.Begin(Partition, offset, new MemberIdentity($"member-of-{generation}", null, generation));

    private void Accept(long offset, int generation) => _history.Accept(Begin(offset, generation));
}
