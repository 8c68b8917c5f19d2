using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Simulation.Clusters;
using ClassicBroker.Simulation.Runs.Compaction;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Files;
using ClassicBroker.Testing.ZooKeeper;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Simulation.Runs;

/// <summary>Makes the faults of a schedule happen, mends each after its time, and all at the end. Threading: the run's thread.</summary>
internal sealed class FaultInjection(
    SimulatedCluster cluster, Scenario scenario, IReadOnlyList<TopicPartition> partitions, SimulatedOperator admin)
{
    /// <summary>A cleaning makes about as many changes to files.</summary>
    private const int CleaningChanges = 40;

    private static readonly TimeSpan SupervisorPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RestTime = TimeSpan.FromMilliseconds(1500);
    private static readonly TimeSpan HeadStart = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ReconnectPause = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan[] Jumps =
        [TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(-10), TimeSpan.FromDays(1), TimeSpan.FromDays(-1), TimeSpan.Zero];

    private readonly SeededRandomSource _random = new(scenario.Seed ^ 0xD15C);
    private readonly SortedSet<int> _relaunching = [];
    private bool _isHealing;
    private DateTimeOffset _unwellUntil;

    /// <summary>A broker that may have lost what others took for replicated, until it is in sync again.</summary>
    private SimulatedBroker? _exposed;

    /// <summary>Has this broker's power been cut, and is it not in sync again?</summary>
    public bool MayLack(int broker) => IsExposed() && _exposed!.Id == broker;

    /// <summary>Has each fault of the schedule begin in its time.</summary>
    public void Schedule()
    {
        foreach (var (_, fault) in scenario.Faults)
        {
            cluster.ClientLoop.Schedule(() => Begin(fault), TimeSpan.FromMilliseconds(fault.AtMs));
        }
    }

    /// <summary>A supervisor's part: a process that ended by itself is started again.</summary>
    public void ReviveHalted()
    {
        foreach (var broker in cluster.Brokers)
        {
            if (broker is { Halted: not null, HasProcess: false } && _relaunching.Add(broker.Id))
            {
                cluster.ClientLoop.Schedule(() => Relaunch(broker), SupervisorPause);
            }
        }
    }

    /// <summary>Mends everything; what is down comes up, and brokers that lost a log directory start again.</summary>
    public void Heal()
    {
        _isHealing = true;
        cluster.Network.Heal();
        cluster.Network.DelayMax = SimulatedCluster.UsualDelayMax;
        foreach (var broker in cluster.Brokers)
        {
            broker.Pause(false);
            broker.Files.Heal();
            Reconnect(broker.Session);
            broker.Session?.CatchUp();
            if (!broker.IsRunning || broker.Server.Replicas.Logs.Directories.Any(directory => !directory.IsOnline))
            {
                broker.Kill();
            }

            Relaunch(broker);
        }
    }

    private void Begin(Fault fault)
    {
        if (_isHealing)
        {
            return;
        }

        if (IsHarmful(fault.Kind))
        {
            if (IsExposed())
            {
                return;
            }

            _unwellUntil = cluster.Time.GetUtcNow() + TimeSpan.FromMilliseconds(fault.DurationMs) + SupervisorPause;
        }

        cluster.Tell?.Invoke("fault", fault.ToString());
        var broker = cluster.Broker(fault.Broker);
        var other = cluster.Broker(fault.Other);
        switch (fault.Kind)
        {
            case FaultKind.KillMidClean:
                new CleaningCrash(cluster, broker, 1 + _random.Next(CleaningChanges)).Arm(() => !_isHealing && !IsExposed(), () => After(fault, () => Relaunch(broker)));
                break;
            case FaultKind.Kill or FaultKind.PowerCut or FaultKind.PowerCutAtRest or FaultKind.PowerCutOfAll or FaultKind.OutageAtRest
                or FaultKind.Restart or FaultKind.Pause:
                BeginProcessFault(fault, broker);
                break;
            case FaultKind.Partition or FaultKind.OneWayCut or FaultKind.Reset or FaultKind.HalfOpen or FaultKind.SlowNetwork or FaultKind.SlowLink:
                BeginNetworkFault(fault, broker, other);
                break;
            case FaultKind.Reassign:
                admin.Reassign(fault);
                break;
            case FaultKind.ElectPreferred:
                admin.ElectPreferred();
                break;
            case FaultKind.MoveLogDirectory when scenario.HasTwoLogDirectories:
                admin.MoveLogDirectory(fault);
                break;
            case FaultKind.ControllerRemoved when cluster.ZooKeeper.Stat("/controller") is not null:
                cluster.ZooKeeper.Remove("/controller");
                break;
            case FaultKind.ClockJump:
                broker.Clock.Skew = Jumps[fault.AtMs % Jumps.Length];
                break;
            default:
                BeginPortFault(fault, broker);
                break;
        }
    }

    private void BeginProcessFault(Fault fault, SimulatedBroker broker)
    {
        switch (fault.Kind)
        {
            case FaultKind.Kill when broker.HasProcess:
                broker.Kill();
                After(fault, () => Relaunch(broker));
                break;
            case FaultKind.PowerCutOfAll:
                CutPowerOfAll(fault);
                break;
            case FaultKind.PowerCut when scenario.IsDurable:
                broker.Kill(isPowerCut: true);
                After(fault, () => Relaunch(broker));
                break;
            case FaultKind.PowerCut when !IsExposed() && CanLoseUnsynced(broker) && cluster.Time.GetUtcNow() > _unwellUntil:
                _exposed = broker;
                broker.Kill(isPowerCut: true);
                After(fault, () => Relaunch(broker));
                break;
            case FaultKind.PowerCutAtRest or FaultKind.OutageAtRest when broker.IsRunning && !IsExposed() && !scenario.MayLoseCheckpoints:
                ComeToRest(fault, broker);
                break;
            case FaultKind.Restart when broker is { IsRunning: true, IsStopping: false }:
                broker.BeginStop().GetAwaiter().OnCompleted(() =>
                {
                    if (_isHealing)
                    {
                        Relaunch(broker);
                    }
                    else
                    {
                        After(fault, () => Relaunch(broker));
                    }
                });
                break;
            case FaultKind.Pause when broker.IsRunning:
                var session = broker.Session!;
                broker.Pause(true);
                ExpireIfLonger(fault, session);
                After(fault, () => broker.Pause(false));
                break;
        }
    }

    private void CutPowerOfAll(Fault fault)
    {
        foreach (var broker in cluster.Brokers)
        {
            broker.Kill(isPowerCut: true);
            After(fault, () => Relaunch(broker));
        }
    }

    private void BeginNetworkFault(Fault fault, SimulatedBroker broker, SimulatedBroker other)
    {
        switch (fault.Kind)
        {
            case FaultKind.Partition:
                cluster.Network.Partition(broker.Host, other.Host);
                After(fault, cluster.Network.Heal);
                break;
            case FaultKind.OneWayCut:
                cluster.Network.Cut(broker.Host, other.Host);
                After(fault, cluster.Network.Heal);
                break;
            case FaultKind.Reset:
                cluster.Network.Reset(broker.Host, other.Host);
                break;
            case FaultKind.HalfOpen:
                cluster.Network.Mute(broker.Host, other.Host);
                break;
            case FaultKind.SlowLink:
                cluster.Network.Slow(broker.Host, other.Host, TimeSpan.FromMilliseconds(20 + (fault.AtMs % 400)));
                After(fault, cluster.Network.Heal);
                break;
            case FaultKind.SlowNetwork:
                cluster.Network.DelayMax = TimeSpan.FromMilliseconds(50);
                After(fault, () => cluster.Network.DelayMax = SimulatedCluster.UsualDelayMax);
                break;
        }
    }

    private void BeginPortFault(Fault fault, SimulatedBroker broker)
    {
        if (!broker.IsRunning)
        {
            return;
        }

        var session = broker.Session!;
        switch (fault.Kind)
        {
            case FaultKind.SessionExpiry:
                session.Expire();
                break;
            case FaultKind.ZooKeeperAway:
                session.Disconnect();
                ExpireIfLonger(fault, session);
                After(fault, () => Reconnect(session));
                break;
            case FaultKind.StaleZooKeeper:
                session.FallBehind();
                After(fault, session.CatchUp);
                break;
            case FaultKind.LostZooKeeperReply:
                LoseNextReply(session, fault.AtMs % 2 == 0 ? ZooKeeperFault.LostReply : ZooKeeperFault.LostRequest);
                break;
            case FaultKind.DiskError:
                FailDisk(broker.Files, fault);
                After(fault, broker.Files.Heal);
                break;
            case FaultKind.SyncError:
                broker.Files.Fail(FileOperation.Sync, Errno.Io);
                After(fault, broker.Files.Heal);
                break;
            case FaultKind.DiskFull:
                var space = broker.Files.Space("/");
                broker.Files.CapacityBytes = space.TotalBytes - space.UsableBytes;
                After(fault, broker.Files.Heal);
                break;
            case FaultKind.DiskStall:
                broker.StallDisk(true);
                After(fault, () => broker.StallDisk(false));
                break;
        }
    }

    private void FailDisk(SimulatedFileSystem disk, Fault fault)
    {
        FileOperation[] operations = [FileOperation.Write, FileOperation.Write, FileOperation.Open, FileOperation.Rename, FileOperation.SetLength];
        disk.Fail(operations[_random.Next(operations.Length)], Errno.Io, 1 + _random.Next(20), pathContains: "/data", lasting: fault.DurationMs > 2000);
    }

    private void LoseNextReply(InMemoryZooKeeperSession session, ZooKeeperFault fate) =>
        session.Faults = call =>
        {
            if (!call.IsWrite || session.State != ZooKeeperSessionState.Connected)
            {
                return ZooKeeperFault.None;
            }

            session.Faults = null;
            cluster.ClientLoop.Execute(() =>
            {
                if (session.State == ZooKeeperSessionState.Connected)
                {
                    session.Disconnect();
                    cluster.ClientLoop.Schedule(() => Reconnect(session), ReconnectPause);
                }
            });
            return fate;
        };

    private void ExpireIfLonger(Fault fault, InMemoryZooKeeperSession session)
    {
        if (fault.DurationMs > session.NegotiatedSessionTimeoutMs)
        {
            var id = session.SessionId;
            cluster.ClientLoop.Schedule(
                () =>
                {
                    if (session.SessionId == id && !_isHealing)
                    {
                        session.Expire();
                    }
                },
                TimeSpan.FromMilliseconds(session.NegotiatedSessionTimeoutMs));
        }
    }

    private static void Reconnect(InMemoryZooKeeperSession? session)
    {
        if (session is { State: ZooKeeperSessionState.Connecting })
        {
            session.Reconnect();
        }
    }

    private void After(Fault fault, Action mend) =>
        cluster.ClientLoop.Schedule(mend, TimeSpan.FromMilliseconds(fault.DurationMs));

    private void ComeToRest(Fault fault, SimulatedBroker broker)
    {
        cluster.IsAtRest = true;
        var process = broker.Server;
        long[]? atHalf = null;
        cluster.ClientLoop.Schedule(() => atHalf = IsQuiet() ? Ends() : null, RestTime / 2);
        cluster.ClientLoop.Schedule(
            () =>
            {
                // Another rest may have ended and begun meanwhile, with load between them that is not checkpointed yet.
                var isQuiet = atHalf is not null && IsQuiet() && Ends().SequenceEqual(atHalf);
                cluster.IsAtRest = false;
                if (isQuiet && !_isHealing && broker.IsRunning && ReferenceEquals(broker.Server, process) && CanLoseUnsynced(broker))
                {
                    broker.Kill(isPowerCut: true);
                    After(fault, () => Relaunch(broker));
                    if (fault.Kind == FaultKind.OutageAtRest)
                    {
                        KillOthers(broker);
                    }
                }
            },
            RestTime);
    }

    /// <summary>They come back once the sessions of all have ended, and the first has had some time alone.</summary>
    private void KillOthers(SimulatedBroker first)
    {
        foreach (var other in cluster.Brokers.Where(other => other != first))
        {
            other.Kill();
            cluster.ClientLoop.Schedule(() => Relaunch(other), TimeSpan.FromMilliseconds(scenario.SessionTimeoutMs) + HeadStart);
        }
    }

    /// <summary>Is everything that was sent committed, and does every replica know it?</summary>
    private bool IsQuiet() => cluster.IsAtRest && partitions.All(partition =>
        cluster.State(partition).Isr.Select(id => cluster.Broker(id).LogOf(partition)).ToList() is var logs
        && logs.TrueForAll(log => log is not null && log.HighWatermark == log.LogEndOffset && log.LogEndOffset == logs[0]!.LogEndOffset));

    /// <summary>Another sum for a partition means that something was appended.</summary>
    private long[] Ends() =>
        [.. partitions.Select(partition => cluster.State(partition).Isr.Sum(id => cluster.Broker(id).LogOf(partition)?.LogEndOffset ?? 0))];

    /// <summary>Others must be in sync, and none of them about to fail, when a machine loses what it has not synced.</summary>
    private bool CanLoseUnsynced(SimulatedBroker broker) =>
        partitions.All(partition => cluster.State(partition).Isr.Count >= 3)
        && cluster.Brokers.All(other => other.IsRunning && (other == broker || other.Session is { State: ZooKeeperSessionState.Connected }));

    /// <summary>Is there one that lost power and is not in sync again, as far as it and ZooKeeper know?</summary>
    private bool IsExposed()
    {
        if (_exposed is { IsRunning: true } broker && partitions.All(partition => IsBack(broker, partition)))
        {
            _exposed = null;
        }

        return _exposed is not null;
    }

    private bool IsBack(SimulatedBroker broker, TopicPartition partition) =>
        cluster.State(partition) is var state
        && (!broker.Server.Replicas.TryGetOnline(partition, out var replica)
            ? state.Isr.Count >= 3 && !state.Isr.Contains(broker.Id)
            : state.Isr.Contains(broker.Id) && replica.LeaderEpoch == state.LeaderEpoch);

    /// <summary>Does a fault end a process, its session or its disk, so that others have to stand in?</summary>
    private static bool IsHarmful(FaultKind kind) => kind is FaultKind.Kill or FaultKind.Restart or FaultKind.Pause or FaultKind.SessionExpiry
        or FaultKind.ZooKeeperAway or FaultKind.DiskError or FaultKind.SyncError or FaultKind.DiskFull
        or FaultKind.KillMidClean;

    private void Relaunch(SimulatedBroker broker)
    {
        _relaunching.Remove(broker.Id);
        if (broker.HasProcess)
        {
            return;
        }

        if (_isHealing)
        {
            broker.Files.Heal();
        }

        var starting = broker.Launch();
        starting.GetAwaiter().OnCompleted(() =>
        {
            if (starting.IsFaulted && broker is { IsRunning: false, HasProcess: true })
            {
                // The process exits and its supervisor starts it again.
                broker.Kill();
                cluster.ClientLoop.Schedule(() => Relaunch(broker), SupervisorPause);
            }
        });
    }
}
