using ClassicBroker.Platform;
using ClassicBroker.Replication.Purgatory;
using ClassicBroker.Testing.Loops;

namespace ClassicBroker.Replication.Tests.Purgatory;

public sealed class DelayedOperationPurgatoryTests
{
    private readonly ManualTime _time = new();
    private readonly DelayedOperationPurgatory<string> _purgatory;

    public DelayedOperationPurgatoryTests() => _purgatory = new("test", new TimingWheel(_time.CreateLoop("timers")), purgeInterval: 10);

    [Fact]
    public void An_operation_whose_condition_holds_never_waits()
    {
        var operation = new CountedOperation(1000) { Holds = true };
        Assert.True(_purgatory.TryCompleteElseWatch(operation, "a"));
        Assert.Equal((1, 0, 0, 0), (operation.Completions, operation.Expirations, _purgatory.Watched, _purgatory.Delayed));
    }

    [Fact]
    public void An_event_completes_what_waits_under_its_key_and_nothing_else()
    {
        var (a, b) = (new CountedOperation(1000), new CountedOperation(1000));
        Assert.False(_purgatory.TryCompleteElseWatch(a, "a"));
        Assert.False(_purgatory.TryCompleteElseWatch(b, "b"));
        (a.Holds, b.Holds) = (true, true);

        Assert.Equal(1, _purgatory.CheckAndComplete("a"));

        Assert.Equal((1, 0), (a.Completions, b.Completions));
        Assert.Equal((1, 1), (_purgatory.Watched, _purgatory.Delayed));
        _time.AdvanceMs(2000);
        Assert.Equal((0, 1), (a.Expirations, b.Expirations));
    }

    [Fact]
    public void An_operation_of_several_keys_completes_once()
    {
        var operation = new CountedOperation(1000);
        _purgatory.TryCompleteElseWatch(operation, "a", "b", "c");
        Assert.Equal(3, _purgatory.Watched);
        operation.Holds = true;
        Assert.Equal(1, _purgatory.CheckAndComplete("b"));
        Assert.Equal(0, _purgatory.CheckAndComplete("a"));
        Assert.Equal(0, _purgatory.CheckAndComplete("c"));
        Assert.Equal((1, 0), (operation.Completions, _purgatory.Watched));
    }

    [Fact]
    public void An_operation_whose_client_is_gone_ends_at_once_and_is_not_kept()
    {
        using var gone = new CancellationTokenSource();
        var operations = Enumerable.Range(0, 100).Select(_ => new CountedOperation(int.MaxValue)).ToList();
        operations.ForEach(operation => Assert.False(_purgatory.TryCompleteElseWatch(operation, gone.Token, "a", "b")));
        var other = new CountedOperation(1000);
        Assert.False(_purgatory.TryCompleteElseWatch(other, "a"));
        operations[0].ForceComplete();
        gone.Cancel();

        Assert.All(operations, operation => Assert.Equal((1, 0), (operation.Completions, operation.Expirations)));
        Assert.Equal((0, 1), (other.Completions, _purgatory.Delayed));
        Assert.InRange(_purgatory.Watched, 1, 2 * 10 + 3);
    }

    [Fact]
    public void An_operation_whose_client_went_before_it_waited_does_not_wait()
    {
        var operation = new CountedOperation(int.MaxValue);
        _purgatory.TryCompleteElseWatch(operation, new CancellationToken(canceled: true), "a");

        Assert.Equal((1, 0), (operation.Completions, _purgatory.Delayed));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(19)]
    [InlineData(20)]
    [InlineData(399)]
    [InlineData(400)]
    [InlineData(8_001)]
    [InlineData(123_456)]
    public void Expiry_comes_at_its_millisecond_on_every_wheel(int delayMs)
    {
        var operation = new CountedOperation(delayMs);
        _time.AdvanceMs(7);
        _purgatory.TryCompleteElseWatch(operation, "a");
        _time.AdvanceMs(delayMs - 1);
        Assert.Equal(0, operation.Completions);
        _time.AdvanceMs(1);
        Assert.Equal((1, 1, 0), (operation.Completions, operation.Expirations, _purgatory.Delayed));
    }

    [Fact]
    public void An_operation_that_may_not_wait_expires_at_once()
    {
        var operation = new CountedOperation(0);
        Assert.True(_purgatory.TryCompleteElseWatch(operation, "a"));
        Assert.Equal((1, 1), (operation.Completions, operation.Expirations));
    }

    [Fact]
    public void A_timeout_without_end_does_not_wrap()
    {
        var operation = new CountedOperation(long.MaxValue);
        _purgatory.TryCompleteElseWatch(operation, "a");
        _time.AdvanceMs(1_000_000);
        Assert.Equal(0, operation.Completions);
        Assert.Equal(1, _purgatory.Delayed);
    }

    [Fact]
    public void Completion_takes_the_timer_away()
    {
        var operation = new CountedOperation(50);
        _purgatory.TryCompleteElseWatch(operation, "a");
        operation.Holds = true;
        _purgatory.CheckAndComplete("a");
        Assert.Equal(0, _purgatory.Delayed);
        _time.AdvanceMs(100);
        Assert.Equal((1, 0), (operation.Completions, operation.Expirations));
    }

    [Fact]
    public void Entries_of_completed_operations_are_swept()
    {
        for (var i = 0; i < 100; i++)
        {
            var operation = new CountedOperation(1000);
            _purgatory.TryCompleteElseWatch(operation, "quiet", "busy");
            operation.Holds = true;
            _purgatory.CheckAndComplete("busy");
        }

        Assert.InRange(_purgatory.Watched, 0, 15);
    }

    [Fact]
    public void A_key_that_goes_away_hands_back_its_operations()
    {
        var operation = new CountedOperation(100);
        _purgatory.TryCompleteElseWatch(operation, "a", "b");
        Assert.Same(operation, Assert.Single(_purgatory.CancelForKey("a")));
        operation.Holds = true;
        Assert.Equal(0, _purgatory.CheckAndComplete("a"));
        Assert.Equal(1, _purgatory.CheckAndComplete("b"));
    }

    [Fact]
    public void Timers_of_all_wheels_fire_in_order_however_they_are_mixed()
    {
        var fired = new List<int>();
        var random = new Random(4711);
        var delays = Enumerable.Range(0, 500).Select(_ => random.Next(1, 20_000)).ToList();
        foreach (var delay in delays)
        {
            _purgatory.TryCompleteElseWatch(new CountedOperation(delay) { Completed = () => fired.Add(delay) }, "k");
        }

        _time.AdvanceMs(20_000);
        Assert.Equal(delays.Order(), fired);
    }

    [Fact]
    public void Threads_that_bring_events_together_complete_each_operation_once()
    {
        const int Operations = 20_000;
        var operations = Enumerable.Range(0, Operations).Select(_ => new CountedOperation(60_000)).ToArray();
        Parallel.For(0, Operations, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            var purgatoryKey = (i % 7).ToString(System.Globalization.CultureInfo.InvariantCulture);
            _purgatory.TryCompleteElseWatch(operations[i], purgatoryKey, "all");
            operations[i].Holds = true;
            _purgatory.CheckAndComplete(purgatoryKey);
            if (i % 100 == 0)
            {
                _purgatory.CheckAndComplete("all");
            }
        });
        Assert.All(operations, operation => Assert.Equal(1, operation.Completions));
        Assert.Equal(0, _purgatory.Delayed);
    }

    [Fact]
    public void An_event_during_the_attempt_that_follows_the_watching_is_not_lost()
    {
        var operation = new InterruptedOperation(() => _purgatory.CheckAndComplete("a"));
        Assert.True(_purgatory.TryCompleteElseWatch(operation, "a"));
        Assert.Equal((1, 0), (operation.Completions, _purgatory.Delayed));
    }

    [Fact]
    public void A_thread_held_up_between_clock_and_wheel_finds_its_operation_expired()
    {
        var loop = new LateLoop(_time.CreateLoop("late"));
        var purgatory = new DelayedOperationPurgatory<string>("late", new TimingWheel(loop), purgeInterval: 10);
        purgatory.TryCompleteElseWatch(new CountedOperation(5), "a");
        var operation = new CountedOperation(1);
        loop.AfterNextReading = () => _time.AdvanceMs(30);

        purgatory.TryCompleteElseWatch(operation, "a");
        _time.RunUntilIdle();

        Assert.Equal((1, 1, 0), (operation.Completions, operation.Expirations, purgatory.Delayed));
    }

    /// <summary>The event that fulfils it comes from another thread when the second attempt has already looked.</summary>
    private sealed class InterruptedOperation(Action bringEvent) : DelayedOperation(60_000)
    {
        private int _attempts;
        private volatile bool _holds;

        public int Completions { get; private set; }

        protected override bool TryComplete()
        {
            var held = _holds;
            if (++_attempts == 2)
            {
                _holds = true;
                var thread = new Thread(() => bringEvent());
                thread.Start();
                thread.Join();
            }

            return held && ForceComplete();
        }

        protected override void OnComplete() => Completions++;
    }

    /// <summary>Lets something happen between a reading of its clock and what is done with it.</summary>
    private sealed class LateLoop(IEventLoop inner) : TimeProvider, IEventLoop
    {
        public Action? AfterNextReading { get; set; }

        public string Name => inner.Name;

        public bool InEventLoop => inner.InEventLoop;

        public TimeProvider Time => this;

        public override long TimestampFrequency => inner.Time.TimestampFrequency;

        public override long GetTimestamp()
        {
            var read = inner.Time.GetTimestamp();
            var (after, _) = (AfterNextReading, AfterNextReading = null);
            after?.Invoke();
            return read;
        }

        public void Execute(Action work) => inner.Execute(work);

        public IScheduledWork Schedule(Action work, TimeSpan delay) => inner.Schedule(work, delay);
    }

    private sealed class CountedOperation(long delayMs) : DelayedOperation(delayMs)
    {
        private volatile bool _holds;
        private int _completions;

        public bool Holds
        {
            get => _holds;
            set => _holds = value;
        }

        public Action? Completed { get; init; }

        public int Completions => _completions;

        public int Expirations { get; private set; }

        protected override bool TryComplete() => _holds && ForceComplete();

        protected override void OnComplete()
        {
            Interlocked.Increment(ref _completions);
            Completed?.Invoke();
        }

        protected override void OnExpiration() => Expirations++;
    }
}
