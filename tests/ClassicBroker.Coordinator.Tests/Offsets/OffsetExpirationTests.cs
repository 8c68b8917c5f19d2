using ClassicBroker.Coordinator.Offsets;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;

namespace ClassicBroker.Coordinator.Tests.Offsets;

/// <summary>What the sweep takes away and what it leaves, as recorded with a retention of one minute.</summary>
public sealed class OffsetExpirationTests
{
    private readonly CoordinatorHarness _broker = CoordinatorHarness.Leading(settings => settings with
    {
        OffsetsRetentionMs = 60_000,
        RetentionCheckIntervalMs = 1_000,
    });

    private void Commit(string group, string topic, long commitTimestampMs, long expireTimestampMs = CommittedOffset.NoExpiration)
    {
        var commit = new PartitionCommit(new(topic, 0), new(5, -1, "", commitTimestampMs, expireTimestampMs));
        _broker.Time.Await(_broker.Start(async () =>
        {
            await _broker.Coordinator.Offsets.CommitAsync(new(group, -1, "", null), [commit]);
            return true;
        }));
        Assert.Equal(ErrorCode.None, commit.Error);
    }

    [Fact]
    public void A_group_without_members_ever_loses_each_offset_a_retention_after_its_commit_and_then_ends()
    {
        Commit("g", "old", _broker.Time.UnixMs() - 50_000);
        Commit("g", "t", _broker.Time.UnixMs());
        _broker.Time.AdvanceMs(9_500);
        Assert.Equal(5, _broker.Fetch(topic: "old").Offset);
        _broker.Time.AdvanceMs(1_500);
        Assert.Equal((-1, 5), (_broker.Fetch(topic: "old").Offset, _broker.Fetch().Offset));
        _broker.Time.AdvanceMs(50_000);
        Assert.Equal("Dead", _broker.StateOf());
    }

    [Fact]
    public void A_retention_of_the_clients_own_is_kept_to_longer_or_shorter()
    {
        var nowMs = _broker.Time.UnixMs();
        Commit("g", "short", nowMs, nowMs + 8_000);
        Commit("g", "long", nowMs, nowMs + 100_000);
        _broker.Time.AdvanceMs(9_000);
        Assert.Equal((-1, 5), (_broker.Fetch(topic: "short").Offset, _broker.Fetch(topic: "long").Offset));
        _broker.Time.AdvanceMs(90_000);
        Assert.Equal(5, _broker.Fetch(topic: "long").Offset);
        _broker.Time.AdvanceMs(2_000);
        Assert.Equal(-1, _broker.Fetch(topic: "long").Offset);
    }

    [Fact]
    public void A_stable_group_loses_topics_nobody_subscribes_and_an_empty_one_all_from_the_time_it_became_empty()
    {
        var member = _broker.Stable();
        _broker.Time.Await(_broker.Commit(5, member, 1));
        _broker.Time.Await(_broker.Commit(5, member, 1, topic: "unsubscribed"));
        for (var i = 0; i < 13; i++)
        {
            _broker.Time.AdvanceMs(5_000);
            Assert.Equal(ErrorCode.None, _broker.Heartbeat(member, 1));
        }

        Assert.Equal((5, -1), (_broker.Fetch().Offset, _broker.Fetch(topic: "unsubscribed").Offset));
        _broker.Leave(member);
        _broker.Time.AdvanceMs(59_000);
        Assert.Equal(5, _broker.Fetch().Offset);
        _broker.Time.AdvanceMs(2_000);
        Assert.Equal("Dead", _broker.StateOf());
    }

    [Fact]
    public void What_expired_stays_away_after_the_next_load()
    {
        Commit("g", "t", _broker.Time.UnixMs());
        _broker.Time.AdvanceMs(62_000);
        _broker.Follow(1);
        _broker.Lead(2);
        _broker.Time.RunUntilIdle();
        Assert.Equal((-1, "Dead"), (_broker.Fetch().Offset, _broker.StateOf()));
    }
}
