using ClassicBroker.Primitives;
using ClassicBroker.Replication.Fetch;
using ClassicBroker.Replication.Sessions;
using ClassicBroker.Testing.Loops;

namespace ClassicBroker.Replication.Tests.Sessions;

public sealed class FetchSessionCacheTests
{
    private readonly ManualTime _time = new();
    private readonly FetchSessionCache _cache;

    public FetchSessionCacheTests() => _cache = Cache(slots: 1);

    private FetchSessionCache Cache(int slots) => new(slots, _time, new CountingRandom());

    private static FetchPartition Partition(int number, long offset = 0) =>
        new(Id(number), offset, 1000, -1, LeaderEpoch.None, LeaderEpoch.None);

    private static TopicIdPartition Id(int number) => new(Uuid.Zero, new TopicPartition("t", number));

    private static FetchSessionStep Step(long highWatermark, int bytes = 0) => new(bytes, highWatermark, 0, false);

    private static readonly FetchSessionStep Error = new(0, -1, -1, true);

    private static int Create(FetchSessionCache cache, int partitions, bool isFollower = false)
    {
        var context = cache.Open(0, 0, [.. Enumerable.Range(0, partitions).Select(n => Partition(n))], [], isFollower, false);
        context.Complete(Enumerable.Repeat(Step(5), partitions).ToArray(), new bool[partitions]);
        return context.SessionId;
    }

    private static FetchContext Next(FetchSessionCache cache, int session, int epoch, params FetchPartition[] changed) =>
        cache.Open(session, epoch, changed, [], false, false);

    private static bool[] Complete(FetchContext context, params FetchSessionStep[] steps)
    {
        var mention = new bool[steps.Length];
        context.Complete(steps, mention);
        return mention;
    }

    [Fact]
    public void A_sessionless_fetch_mentions_everything_and_leaves_nothing_behind()
    {
        var context = _cache.Open(0, -1, [Partition(0), Partition(1)], [], false, false);
        Assert.Equal([true, true], Complete(context, Step(0), Step(0)));
        Assert.Equal((0, 0), (context.SessionId, _cache.Count));
    }

    [Fact]
    public void An_incremental_fetch_mentions_only_what_changed()
    {
        var session = Create(_cache, 3);
        var context = Next(_cache, session, 1, Partition(1, offset: 7));
        Assert.Equal([0, 1, 2], context.Partitions.Select(p => p.TopicPartition.Partition));
        Assert.Equal(7, context.Partitions[1].FetchOffset);
        Assert.Equal([false, true, false], Complete(context, Step(5), Step(6), Step(5)));
        Assert.Equal((session, ErrorCode.None), (context.SessionId, context.Error));
    }

    [Fact]
    public void A_partition_with_records_is_read_last_next_time()
    {
        var session = Create(_cache, 3);
        Complete(Next(_cache, session, 1), Step(5, bytes: 10), Step(5), Step(5));
        Assert.Equal([1, 2, 0], Next(_cache, session, 2).Partitions.Select(p => p.TopicPartition.Partition));
    }

    [Fact]
    public void A_partition_is_mentioned_again_when_its_error_is_over()
    {
        var session = Create(_cache, 1);
        Assert.Equal([true], Complete(Next(_cache, session, 1), Error));
        Assert.Equal([true], Complete(Next(_cache, session, 2), Step(5)));
        Assert.Equal([false], Complete(Next(_cache, session, 3), Step(5)));
    }

    [Fact]
    public void A_partition_whose_logs_parted_is_mentioned_once_more_though_its_high_watermark_stands()
    {
        // The follower cut its log and took no high watermark from the answer that told it to.
        var session = Create(_cache, 1);
        Assert.Equal([true], Complete(Next(_cache, session, 1), Step(7) with { MustMention = true }));
        Assert.Equal([true], Complete(Next(_cache, session, 2), Step(7)));
        Assert.Equal([false], Complete(Next(_cache, session, 3), Step(7)));
    }

    [Fact]
    public void A_follower_that_names_a_partition_again_is_told_its_high_watermark_again()
    {
        // The answer before may have come in an earlier leader epoch, and was dropped.
        var session = Create(_cache, 2, isFollower: true);
        var context = _cache.Open(session, 1, [Partition(1)], [], isFollower: true, false);
        Assert.Equal([false, true], Complete(context, Step(5), Step(5)));
        Assert.Equal([false, false], Complete(_cache.Open(session, 2, [], [], isFollower: true, false), Step(5), Step(5)));
    }

    [Fact]
    public void Forgotten_partitions_leave_and_an_empty_session_ends()
    {
        var session = Create(_cache, 2);
        var context = _cache.Open(session, 1, [], [Id(0)], false, false);
        Assert.Equal(1, Assert.Single(context.Partitions).TopicPartition.Partition);
        Assert.Equal(1, _cache.PartitionCount);
        context = _cache.Open(session, 2, [], [Id(1)], false, false);
        Assert.Equal((0, 0, 0L), (context.SessionId, _cache.Count, _cache.PartitionCount));
    }

    [Theory]
    [InlineData(2, false, ErrorCode.InvalidFetchSessionEpoch)]
    [InlineData(1, true, ErrorCode.FetchSessionTopicIdError)]
    public void A_request_that_does_not_fit_its_session_is_refused(int epoch, bool topicIds, ErrorCode expected)
    {
        var session = Create(_cache, 1);
        var context = _cache.Open(session, epoch, [], [], false, topicIds);
        Assert.Equal((expected, 0), (context.Error, context.Partitions.Length));
        Assert.Equal(ErrorCode.None, Next(_cache, session, 1).Error);
    }

    [Theory]
    [InlineData(12345)]
    [InlineData(0)]
    [InlineData(-7)]
    [InlineData(int.MaxValue)]
    public void An_unknown_session_is_refused(int session) =>
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, Next(_cache, session, 5).Error);

    [Fact]
    public void A_request_that_was_overtaken_on_its_session_is_refused_when_it_completes()
    {
        var session = Create(_cache, 1);
        var first = Next(_cache, session, 1);
        Complete(Next(_cache, session, 2), Step(5));
        Complete(first, Step(9));
        Assert.Equal(ErrorCode.InvalidFetchSessionEpoch, first.Error);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_full_request_closes_the_session_it_names(int epoch)
    {
        var session = Create(_cache, 1);
        _cache.Open(session, epoch, [Partition(0)], [], false, false);
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, Next(_cache, session, 1).Error);
    }

    [Fact]
    public void The_epoch_after_the_last_is_one() => Assert.Equal(1, FetchSession.NextEpoch(int.MaxValue));

    [Fact]
    public void A_full_cache_keeps_young_sessions_from_consumers()
    {
        var first = Create(_cache, 5);
        Assert.NotEqual(0, first);
        Assert.Equal(0, Create(_cache, 50));
        Assert.Equal(ErrorCode.None, Next(_cache, first, 1).Error);
    }

    [Fact]
    public void A_follower_takes_the_place_of_a_consumer_but_not_of_a_follower()
    {
        Create(_cache, 5);
        var follower = Create(_cache, 1, isFollower: true);
        Assert.NotEqual(0, follower);
        Assert.Equal(0, Create(_cache, 9, isFollower: true));
        Assert.Equal((1, 1L), (_cache.Count, _cache.Evictions));
    }

    [Fact]
    public void A_session_idle_for_two_minutes_gives_way_to_any()
    {
        Create(_cache, 5, isFollower: true);
        _time.AdvanceMs(120_000);
        Assert.Equal(0, Create(_cache, 1));
        _time.AdvanceMs(1);
        Assert.NotEqual(0, Create(_cache, 1));
    }

    [Fact]
    public void An_old_session_in_use_gives_way_to_a_larger_one_only()
    {
        var old = Create(_cache, 5);
        _time.AdvanceMs(120_001);
        Next(_cache, old, 1);
        Assert.Equal(0, Create(_cache, 5));
        Assert.NotEqual(0, Create(_cache, 6));
    }

    [Fact]
    public void No_slots_means_no_sessions() => Assert.Equal(0, Create(Cache(slots: 0), 1));

    [Fact]
    public void All_slots_of_a_large_cache_can_be_used()
    {
        var cache = Cache(slots: 20);
        var sessions = Enumerable.Range(0, 200).Select(_ => Create(cache, 1)).Where(id => id != 0).ToList();
        Assert.Equal(20, cache.Count);
        Assert.Equal(20, sessions.Distinct().Count());
        Assert.All(sessions, id => Assert.InRange(id, 1, int.MaxValue));
    }

    private sealed class CountingRandom : Platform.IRandomSource
    {
        private int _next;

        public int Next(int exclusiveMax) => _next++ % exclusiveMax;

        public void Fill(Span<byte> destination) => destination.Clear();
    }
}
