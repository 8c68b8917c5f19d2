using System.Collections.Concurrent;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Replication.Partitions;
using ClassicBroker.Storage;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Files;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Replication.Tests;

/// <summary>
/// One partition under real threads: producers, consumers, two followers, ISR changes that come late or not at all, a controller that moves
/// the lead away and back, rolls and retention, and in the end its deletion or the failure of its disk. Whatever the order, what was
/// acknowledged by all stays, no member of the ISR lacks what the high watermark covers, and what consumers have read does not change.
/// </summary>
public sealed class PartitionStressTests : IIsrChanges, IAsyncLifetime
{
    private const int AppendsEach = 600;
    private const int Producers = 2;
    private const int Consumers = 2;
    private const int LagMaxMs = 5;
    private const int ConsumptionsMax = 4000;
    private const int Local = 0;
    private const int ReadBytes = 2000;
    private const string Root = "/data/logs";

    private static readonly TopicPartition Name = new("stress", 0);

    private static readonly LogConfig Config = new()
    {
        SegmentBytes = 8 * 1024,
        SegmentIndexBytes = 1024,
        IndexIntervalBytes = 200,
        RetentionBytes = -1,
        RetentionMs = -1,
        FileDeleteDelayMs = 0,
        MinInsyncReplicas = 1,
    };

    private readonly ConcurrentQueue<Exception> _fatal = new();
    private readonly ConcurrentQueue<Exception> _unexpected = new();
    private readonly SeenRecords _seen = new();
    private readonly ConcurrentBag<long> _acknowledged = [];
    private readonly BlockingCollection<(IsrChange Change, Action<IsrChangeOutcome> Completed)> _changes = [];
    private readonly SimulatedFileSystem _files = new(TimeProvider.System, new SeededRandomSource(1));
    private readonly ThreadEventLoop _timers;
    private readonly WorkerPool _disk;
    private readonly Partition _partition;
    private readonly StressedFollower[] _followers = [new(1), new(2)];

    private readonly StressedController _controller = new();
    private LogStore? _logs;
    private volatile bool _mayFail;

    public PartitionStressTests()
    {
        _timers = new ThreadEventLoop("timers", TimeProvider.System, _fatal.Enqueue);
        _disk = new WorkerPool("disk", 2, _fatal.Enqueue);
        _files.CreateDirectory("/data");
        _partition = new Partition(Name, new PartitionEnvironment
        {
            LocalBrokerId = new BrokerId(Local),
            Time = TimeProvider.System,
            ReplicaLagTimeMaxMs = () => LagMaxMs,
            IsAlive = _ => true,
            IsrChanges = this,
            Delayed = new DelayedOperations(_timers, 1000, 1000, 1),
        });
    }

    public async ValueTask InitializeAsync()
    {
        _logs = await LogStore.OpenAsync(
            new LogStoreSettings { Directories = [Root] },
            new StorageEnvironment
            {
                Files = _files,
                Timers = _timers,
                DiskWork = _disk,
                Time = TimeProvider.System,
                Random = new SeededRandomSource(2),
                Loggers = NullLoggerFactory.Instance,
                OpenSegmentsMax = 4,
                DirectoryFailed = (_, _) => _partition.Detach(),
            },
            [_timers],
            _ => Config);
        Assert.True(_partition.MakeLeader(_controller.Assignment(isNew: true), Log));
    }

    public async ValueTask DisposeAsync()
    {
        await _disk.DisposeAsync();
        await _timers.DisposeAsync();
        _changes.Dispose();
    }

    void IIsrChanges.Submit(IsrChange change, Action<IsrChangeOutcome> completed) => _changes.Add((change, completed));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void What_all_have_acknowledged_stays_whoever_leads(ulong seed)
    {
        RunAll(seed, () => { });

        Assert.Empty(_unexpected);
        Assert.Empty(_fatal);
        Assert.NotEmpty(_acknowledged);
        LeadAgain();
        var log = _partition.Log!;
        Verify(log);
        Assert.All(_acknowledged, offset => Assert.InRange(offset, log.LogStartOffset, log.LogEndOffset - 1));
    }

    [Theory]
    [InlineData(FileOperation.Write, 3)]
    [InlineData(FileOperation.Rename, 4)]
    public async Task A_disk_that_fails_takes_the_replica_away_once(FileOperation operation, ulong seed)
    {
        var directory = _partition.Log!.Directory;
        RunAll(seed, () =>
        {
            _mayFail = true;
            _files.Fail(operation, Errno.Io, pathContains: Root, lasting: true);
        });

        // Which operations come after the fault depends on the threads; a checkpoint has one of each kind.
        _logs!.CheckpointAll();
        await _disk.DisposeAsync();
        Assert.Empty(_unexpected);
        Assert.Empty(_fatal);
        Assert.False(directory.IsOnline);
        Assert.Null(_partition.Log);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, Append(acks: 1).Error);
    }

    [Fact]
    public void A_replica_that_is_deleted_under_all_of_it_refuses_and_its_directory_stays_online()
    {
        var directory = _partition.Log!.Directory;
        RunAll(5, () =>
        {
            _mayFail = true;
            lock (_controller.Lock)
            {
                _partition.Detach();
                _logs!.Delete(Name);
            }
        });

        Assert.Empty(_unexpected);
        Assert.Empty(_fatal);
        Assert.True(directory.IsOnline);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, Append(acks: -1).Error);
    }

    /// <summary>Runs every kind of use until the producers are through; <paramref name="halfway"/> comes in the middle of it.</summary>
    private void RunAll(ulong seed, Action halfway)
    {
        using var producersLeft = new CountdownEvent(Producers);
        using var half = new CountdownEvent(1);
        var threads = new List<Thread>();
        for (var i = 0; i < Producers; i++)
        {
            var number = i;
            threads.Add(new(() => Produce(number, half, producersLeft)));
        }

        var uses = new List<(Action<SeededRandomSource> Use, int StepsMax)>
        {
            (Pausing(Control, 20), int.MaxValue),
            (Pausing(LookAfter, 1), int.MaxValue),
            (Pausing(Watch, 1), int.MaxValue),
            (Pausing(_ => _partition.MaybeShrinkIsr(), 1), int.MaxValue),
            (Answer, int.MaxValue),
        };
        uses.AddRange(_followers.Select<StressedFollower, (Action<SeededRandomSource>, int)>(follower => (random => Fetch(follower, random), int.MaxValue)));

        // Locks are not fair: without an end, those who read keep the others from them for minutes where processors are few.
        uses.AddRange(Enumerable.Repeat<(Action<SeededRandomSource>, int)>((Consume, ConsumptionsMax), Consumers));
        for (var i = 0; i < uses.Count; i++)
        {
            var ((use, stepsMax), random) = (uses[i], new SeededRandomSource((seed * 100) + (ulong)i));
            threads.Add(new(() =>
            {
                for (var steps = 0; steps < stepsMax && !producersLeft.IsSet; steps++)
                {
                    Attempt(() => use(random));
                    Thread.Yield();
                }
            }));
        }

        threads.ForEach(thread => thread.Start());
        half.Wait();
        halfway();
        threads.ForEach(thread => thread.Join());
    }

    private static Action<SeededRandomSource> Pausing(Action<SeededRandomSource> use, int pauseMs) => random =>
    {
        use(random);
        Thread.Sleep(pauseMs);
    };

    private void Produce(int number, CountdownEvent half, CountdownEvent left)
    {
        for (var i = 0; i < AppendsEach; i++)
        {
            if (i == AppendsEach / 2 && number == 0)
            {
                half.Signal();
            }

            var result = default(PartitionAppendResult);
            do
            {
                Attempt(() => result = Append(acks: (short)(number == 0 ? 1 : -1)));
                Thread.Yield();
            }
            while (result.Error == ErrorCode.NotLeaderOrFollower && !_mayFail);
        }

        left.Signal();
    }

    /// <summary>Appends; with acks=all it waits, for as long as this broker leads, until every replica in sync has it.</summary>
    private PartitionAppendResult Append(short acks)
    {
        var epoch = _partition.LeaderEpoch;
        var result = _partition.AppendAsLeader(RecordSet.Open(Batch()), AppendOrigin.Client, acks);
        if (result.Error != ErrorCode.None || acks != -1 || _partition.Log is not { } log)
        {
            return result;
        }

        ErrorCode? outcome;
        while ((outcome = Check(result.Appended)) is null)
        {
            Thread.Yield();
        }

        // An acknowledgement counts where the broker has led in one epoch from before the append until after it.
        var bytes = SeenRecords.Read(log, result.Appended.FirstOffset);
        if (outcome == ErrorCode.None && _partition.LeaderEpoch == epoch)
        {
            _seen.Note(bytes, log.HighWatermark);
            _acknowledged.Add(result.Appended.LastOffset);
        }

        return result;
    }

    private ErrorCode? Check(in LogAppend appended) =>
        _partition.CheckEnoughReplicasReachOffset(appended.LastOffset + 1, acks: -1, appended.LeaderEpoch);

    private void Consume(SeededRandomSource random)
    {
        if (_partition.TryGetLog(LeaderEpoch.None, onlyLeader: false, out var log) != ErrorCode.None)
        {
            return;
        }

        var (start, highWatermark) = (log!.LogStartOffset, log.HighWatermark);
        var from = start + random.Next((int)Math.Max(1, highWatermark - start));
        var read = log.Read(from, ReadBytes, FetchIsolation.HighWatermark, minOneMessage: true);
        Require(read.Error == ErrorCode.None || from < log.LogStartOffset, $"{read.Error} at {from}");
        Require(read.LogStartOffset <= read.LogEndOffset, "log start behind log end");
        if (read.Records is { } region)
        {
            var bytes = new byte[region.Length];
            Require(region.File.Read(bytes, region.Position) == bytes.Length, "a region that ends before its length");
            region.File.Release();
            _seen.Note(bytes, read.HighWatermark);
        }
    }

    /// <summary>A follower's round; one in forty comes so late that it falls out of the ISR.</summary>
    private void Fetch(StressedFollower follower, SeededRandomSource random)
    {
        var hasNews = FetchNow(follower);
        if (random.OneIn(40) || !hasNews)
        {
            Thread.Sleep(hasNews ? LagMaxMs * 2 : 1);
        }
    }

    /// <summary>A follower tells what it has, and takes what comes next where it still follows in that epoch; false where nothing does.</summary>
    private bool FetchNow(StressedFollower follower)
    {
        lock (follower.Lock)
        {
            if (_partition.TryGetLog(new LeaderEpoch(follower.Epoch), onlyLeader: true, out var log, out var epoch) != ErrorCode.None)
            {
                return false;
            }

            _partition.UpdateFollower(new LeaderEpoch(epoch), new FollowerFetch(follower.Id, follower.End, 0, -1, follower.Id), log!.LogEndOffset);
            var bytes = SeenRecords.Read(log, follower.End);
            foreach (var batch in new BatchIterator(bytes))
            {
                if (batch.SizeInBytes + batch.Position <= bytes.Length)
                {
                    follower.Append(batch.BaseOffset, batch.NextOffset, Crc32C.Compute(bytes.AsSpan((int)batch.Position, batch.SizeInBytes)));
                }
            }

            return bytes.Length > 0;
        }
    }

    /// <summary>What the controller answers to ISR changes: it commits, refuses, or commits and its answer is lost.</summary>
    private void Answer(SeededRandomSource random)
    {
        if (!_changes.TryTake(out var sent, millisecondsTimeout: 1))
        {
            return;
        }

        IsrChangeOutcome outcome;
        lock (_controller.Lock)
        {
            outcome = _controller.Decide(sent.Change, random);
        }

        // The leader hears of it late.
        Thread.Sleep(random.Next(4));
        sent.Completed(outcome);
    }

    /// <summary>A new epoch: this broker leads on, or a follower in sync leads for a batch and the lead comes back.</summary>
    private void Control(SeededRandomSource random)
    {
        lock (_controller.Lock)
        {
            if (_partition.Log is null)
            {
                return;
            }

            var other = _followers.FirstOrDefault(follower => _controller.State.Isr.Contains(follower.Id));
            if (other is null || random.OneIn(2))
            {
                LeadAgain();
                return;
            }

            Follow(other);
            LeadAgain();
        }
    }

    private void LeadAgain()
    {
        lock (_controller.Lock)
        {
            _controller.Move(Local);
            _partition.MakeLeader(_controller.Assignment(), Log);
            ForEachFollower(follower => follower.Follow(_controller.State.LeaderEpoch, long.MaxValue));
        }
    }

    private void Follow(StressedFollower leader)
    {
        if (_partition.Log is not { } log)
        {
            return;
        }

        _controller.Move(leader.Id);
        _partition.MakeFollower(_controller.Assignment(), Log);
        ForEachFollower(follower => follower.Follow(_controller.State.LeaderEpoch, leader.End));
        var role = _partition.Follower;
        Require(leader.End >= log.HighWatermark, $"{leader.Id} of the ISR has {leader.End}, committed is {log.HighWatermark}");
        role.TruncateTo(_controller.State.LeaderEpoch, leader.End);
        using var builder = new RecordBatchBuilder { BaseOffset = leader.End, PartitionLeaderEpoch = _controller.State.LeaderEpoch };
        builder.Append(1, default, "of another leader"u8);
        var batch = builder.Build().ToArray();
        Require(role.Append(_controller.State.LeaderEpoch, log.LogEndOffset, batch) is not null || _mayFail, "the replica has left the epoch it is in");
        leader.Append(leader.End, leader.End + 1, Crc32C.Compute(batch));
        role.Adopt(_controller.State.LeaderEpoch, log.HighWatermark, 0);

        // Only those who have what that leader appended come back with it.
        _controller.Admit(leader.Id);
    }

    private void LookAfter(SeededRandomSource random)
    {
        if (random.OneIn(3))
        {
            _partition.Log?.Roll();
        }
        else
        {
            _partition.Log?.Flush();
        }
    }

    /// <summary>Who is in the ISR has everything below the high watermark; looked at while no leader changes.</summary>
    private void Watch(SeededRandomSource random)
    {
        lock (_controller.Lock)
        {
            var isr = _controller.State.Isr;
            if (_partition.Log is not { } log)
            {
                return;
            }

            var highWatermark = log.HighWatermark;
            Require(highWatermark <= log.LogEndOffset, "high watermark behind log end");
            foreach (var follower in _followers.Where(follower => isr.Contains(follower.Id)))
            {
                Require(follower.End >= highWatermark, $"{follower.Id} of the ISR ends at {follower.End}, committed is {highWatermark}");
            }
        }
    }

    private void ForEachFollower(Action<StressedFollower> action)
    {
        foreach (var follower in _followers)
        {
            lock (follower.Lock)
            {
                action(follower);
            }
        }
    }

    /// <summary>Every record that a consumer has seen or a producer was told of is there as it was; and followers have the same.</summary>
    private void Verify(PartitionLog log)
    {
        for (var offset = log.LogStartOffset; offset < log.LogEndOffset;)
        {
            var bytes = SeenRecords.Read(log, offset);
            Require(bytes.Length > 0, $"nothing at {offset} of a log that ends at {log.LogEndOffset}");
            _seen.Note(bytes, log.HighWatermark);
            foreach (var batch in new BatchIterator(bytes))
            {
                var hash = Crc32C.Compute(bytes.AsSpan((int)batch.Position, batch.SizeInBytes));
                Assert.All(
                    _followers.Where(follower => follower.End > batch.BaseOffset && batch.NextOffset <= log.HighWatermark),
                    follower => Assert.Equal(hash, follower.HashAt(batch.BaseOffset)));
                offset = batch.NextOffset;
            }
        }
    }

    private PartitionLog Log() => _logs!.GetOrCreate(new LogCreation(Name, Config, new Uuid(1, 1)));

    private static byte[] Batch()
    {
        using var builder = new RecordBatchBuilder();
        builder.Append(1, default, "of this leader"u8);
        return builder.Build().ToArray();
    }

    private void Attempt(Action step)
    {
        try
        {
            step();
        }
        catch (StorageException) when (_mayFail)
        {
            // The log has been deleted, or its disk has failed.
        }
        catch (Exception unexpected)
        {
            _unexpected.Enqueue(unexpected);
        }
    }

    private static void Require(bool isMet, string otherwise)
    {
        if (!isMet)
        {
            throw new InvariantViolatedException(otherwise);
        }
    }
}
