using ClassicBroker.Primitives;
using ClassicBroker.Storage;
using ClassicBroker.Testing.Files;

namespace ClassicBroker.Replication.Tests.Fetch;

public sealed class LeaderReaderTests
{
    private const int Eio = 5;

    private static readonly TopicPartition One = new("t", 0);
    private static readonly TopicPartition Two = new("t", 1);

    private readonly ReplicaHarness _broker = new();

    public LeaderReaderTests()
    {
        _broker.Lead(One, new Uuid(1, 1));
        _broker.Lead(Two, new Uuid(1, 1));
    }

    [Fact]
    public async Task A_batch_the_response_has_no_room_for_is_left_out_whole()
    {
        _broker.Append(One, valueBytes: 1000);
        _broker.Append(Two, valueBytes: 1000);

        var results = await _broker.FetchAsync(maxWaitMs: 0, maxBytes: 1500, One, Two);

        Assert.InRange(results[0].SizeInBytes, 1000, 1200);
        Assert.Null(results[1].Records);
        Assert.Equal((ErrorCode.None, 1L), (results[1].Error, results[1].HighWatermark));
        results[0].Discard();
    }

    /// <summary>A consumer that has read more from the broker that took this one's place is not told to begin somewhere else.</summary>
    [Fact]
    public async Task A_leader_in_doubt_does_not_tell_a_consumer_that_its_offset_does_not_exist()
    {
        var led = new TopicPartition("t", 2);
        _broker.Lead(led, new Uuid(1, 1), others: 1);
        _broker.Append(led);
        Assert.Equal(ErrorCode.OffsetOutOfRange, await ErrorAtAsync(5));
        _broker.IsRegistered = false;
        Assert.Equal(ErrorCode.NotLeaderOrFollower, await ErrorAtAsync(5));
        _broker.IsRegistered = true;
        Assert.Equal(ErrorCode.OffsetOutOfRange, await ErrorAtAsync(5));
        _broker.AdvanceMs(2_001);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, await ErrorAtAsync(5));
        Assert.Equal(ErrorCode.OffsetOutOfRange, await ErrorAtAsync(-5));

        async Task<ErrorCode> ErrorAtAsync(long offset) => (await _broker.FetchAsync(maxWaitMs: 0, maxBytes: 1500, offset, led))[0].Error;
    }

    /// <summary>What it read may be the next leader's already, of a later epoch than the follower asked in (KAFKA-18723).</summary>
    [Theory]
    [InlineData(0, ErrorCode.FencedLeaderEpoch)]
    [InlineData(null, ErrorCode.NotLeaderOrFollower)]
    public async Task A_leader_that_is_replaced_while_it_reads_gives_nothing(int? leaderEpoch, ErrorCode expected)
    {
        var led = new TopicPartition("t", 2);
        _broker.Lead(led, new Uuid(1, 1), others: 1);
        _broker.Append(led);
        var isReplaced = false;
        _broker.Files.Before = (operation, path) =>
        {
            if (!isReplaced && operation == FileOperation.Read && path.Contains(led.ToString(), StringComparison.Ordinal))
            {
                isReplaced = true;
                Assert.Equal(ErrorCode.None, _broker.Follow(1, led, new Uuid(1, 1), leaderEpoch: 1, isNew: false));
            }
        };

        var results = await _broker.FetchAsFollowerAsync(1, 0, led, leaderEpoch is { } epoch ? new LeaderEpoch(epoch) : null);

        Assert.True(isReplaced);
        Assert.Equal((expected, 0), (results[0].Error, results[0].SizeInBytes));
    }

    /// <summary>A follower whose log has parted from the leader's has other records before its offset, still to be cut (KAFKA-13141).</summary>
    [Fact]
    public async Task A_fetch_that_is_answered_with_a_divergence_does_not_count_as_progress_of_the_follower()
    {
        var led = new TopicPartition("t", 2);
        _broker.Lead(led, new Uuid(1, 1), others: 1);
        _broker.Append(led);
        _broker.Lead(led, new Uuid(1, 1), leaderEpoch: 1, isNew: false, 1);
        _broker.Append(led);
        var log = _broker.Logs.Find(led)!;
        Assert.Null(await DivergenceAsync(offset: 1, lastFetchedEpoch: 0));
        Assert.Equal((1, 2), (log.HighWatermark, log.LogEndOffset));

        Assert.Equal(new EpochEndOffset(new LeaderEpoch(0), 1), await DivergenceAsync(offset: 2, lastFetchedEpoch: 0));
        Assert.Equal(1, log.HighWatermark);

        Assert.Null(await DivergenceAsync(offset: 2, lastFetchedEpoch: 1));
        Assert.Equal(2, log.HighWatermark);

        async Task<EpochEndOffset?> DivergenceAsync(long offset, int lastFetchedEpoch)
        {
            var fetch = _broker.FetchAsFollowerAsync(
                1, maxWaitMs: 0, led, new LeaderEpoch(1), offset, new LeaderEpoch(lastFetchedEpoch));
            var result = (await fetch)[0];
            Assert.Equal(ErrorCode.None, result.Error);
            result.Discard();
            return result.Diverging;
        }
    }

    /// <summary>It may take it for the leader: one of before KIP-320 gives no epoch by which that could be told.</summary>
    [Fact]
    public async Task A_follower_does_not_tell_a_consumer_that_what_it_lacks_does_not_exist()
    {
        var followed = new TopicPartition("t", 2);
        _broker.Lead(followed, new Uuid(1, 1), others: 1);
        _broker.Append(followed);
        Assert.Equal(ErrorCode.None, _broker.Follow(1, followed, new Uuid(1, 1), leaderEpoch: 1, isNew: false));

        Assert.Equal(ErrorCode.None, await ErrorAtAsync(1));
        Assert.Equal(ErrorCode.NotLeaderOrFollower, await ErrorAtAsync(5));
        Assert.Equal(ErrorCode.OffsetOutOfRange, await ErrorAtAsync(-5));

        async Task<ErrorCode> ErrorAtAsync(long offset) =>
            (await _broker.FetchAsync(maxWaitMs: 0, maxBytes: 1500, offset, onlyLeader: false, followed))[0].Error;
    }

    /// <summary>They would learn at the end of their long polls only that there is more to fetch here.</summary>
    [Fact]
    public async Task A_broker_that_begins_to_lead_lets_no_follower_wait_long()
    {
        const int LongMs = 500;
        var (led, next) = (new TopicPartition("t", 2), new TopicPartition("t", 3));
        _broker.Lead(led, new Uuid(1, 1), others: 1);
        _broker.AdvanceMs(1_000);
        var waiting = _broker.FetchAsFollowerAsync(1, LongMs, led);
        var consumer = _broker.FetchAsync(LongMs, maxBytes: 1500, led).AsTask();
        _broker.AdvanceMs(100);
        Assert.False(waiting.IsCompleted);

        _broker.Lead(next, new Uuid(1, 1), others: 1);
        await waiting;
        Assert.False(consumer.IsCompleted);

        var again = _broker.FetchAsFollowerAsync(1, LongMs, led);
        Assert.False(again.IsCompleted);
        _broker.AdvanceMs(25);
        await again;

        _broker.AdvanceMs(1_000);
        var later = _broker.FetchAsFollowerAsync(1, LongMs, led);
        _broker.AdvanceMs(LongMs - 1);
        Assert.False(later.IsCompleted);
    }

    [Fact]
    public async Task A_directory_that_fails_costs_those_who_share_a_fetch_with_it_nothing()
    {
        Assert.NotEqual(_broker.Logs.Find(One)!.Directory, _broker.Logs.Find(Two)!.Directory);
        var fetch = _broker.FetchAsync(maxWaitMs: 1000, maxBytes: 1500, One, Two).AsTask();
        _broker.Files.Fail(FileOperation.Write, Eio, pathContains: _broker.Logs.Find(Two)!.Directory.Path, lasting: true);
        Assert.Equal(ErrorCode.KafkaStorageError, _broker.Append(Two).Error);

        Assert.Equal(ErrorCode.None, _broker.Append(One).Error);

        var results = await fetch;
        Assert.Equal((ErrorCode.None, ErrorCode.KafkaStorageError), (results[0].Error, results[1].Error));
        Assert.Equal(1, results[0].HighWatermark);
        results[0].Discard();
    }
}
