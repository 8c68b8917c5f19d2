using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Primitives;
using ClassicBroker.Simulation.Clusters;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Simulation.Runs;

/// <summary>
/// Who writes into ZooKeeper what only the controller writes (W8): the session that counted <c>/controller_epoch</c> up last, and an
/// operator. Where leaders write their own ISRs (before IBP 2.7), a leader does that much. A write is judged when it is committed, and refused once
/// the work that made it has ended: a broker could take what is thrown inside it for a failure of its own. Threading: the run's thread.
/// </summary>
internal sealed class ControllerWrites
{
    private const long Operator = 0;

    private readonly SimulatedCluster _cluster;
    private readonly bool _leadersWrite;
    private readonly Dictionary<string, PartitionState> _states = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TopicAssignment> _topics = new(StringComparer.Ordinal);
    private readonly bool _allocatesProducerIds;
    private int _epoch;
    private long _owner;
    private long _znodeOwner;
    private string? _broken;

    /// <summary>Judges all writes from now on.</summary>
    /// <param name="cluster">Whose.</param>
    /// <param name="leadersWrite">Do leaders write their ISRs into ZooKeeper themselves?</param>
    /// <param name="allocatesProducerIds">Does only the controller hand out blocks of producer ids?</param>
    public ControllerWrites(SimulatedCluster cluster, bool leadersWrite, bool allocatesProducerIds)
    {
        (_cluster, _leadersWrite, _allocatesProducerIds) = (cluster, leadersWrite, allocatesProducerIds);
        var tree = cluster.ZooKeeper;
        foreach (var path in tree.Paths)
        {
            Take(path, System.Text.Encoding.UTF8.GetBytes(tree.Text(path)!));
        }

        if (tree.Text(ControllerEpochZnode.Path) is { } epoch)
        {
            _epoch = ControllerEpochZnode.Decode(System.Text.Encoding.UTF8.GetBytes(epoch));
        }

        _owner = _znodeOwner = tree.Stat(ControllerZnode.Path)?.EphemeralOwner ?? Operator;
        tree.Committed = Judge;
    }

    /// <summary>Refuses the first write that was not its writer's to make.</summary>
    public void RequireLegal()
    {
        if (_broken is { } broken)
        {
            throw new InvariantBrokenException("W8", broken);
        }
    }

    private void Judge(long session, IReadOnlyList<ZooKeeperOp> operations)
    {
        foreach (var operation in operations)
        {
            if (session != Operator && WhatIsWrong(session, operation, operations) is { } wrong)
            {
                _broken ??= $"broker {_cluster.Owner(session)?.Id} wrote {operation.Path} ({operation.GetType().Name}): {wrong}";
            }

            switch (operation)
            {
                case CreateOp { Path: ControllerZnode.Path }:
                    _znodeOwner = session;
                    break;
                case CreateOp create:
                    Take(create.Path, create.Data);
                    break;
                case SetDataOp { Path: ControllerEpochZnode.Path, Data: { } data }:
                    (_epoch, _owner) = (ControllerEpochZnode.Decode(data.Span), session);
                    break;
                case SetDataOp set:
                    Take(set.Path, set.Data);
                    break;
                case DeleteOp delete:
                    _states.Remove(delete.Path);
                    _topics.Remove(delete.Path);
                    break;
            }
        }
    }

    private string? WhatIsWrong(long session, ZooKeeperOp operation, IReadOnlyList<ZooKeeperOp> transaction) => (operation, Parts(operation)) switch
    {
        (CheckOp, _) => null,
        (SetDataOp set, ["controller_epoch"]) => WhatIsWrongWithEpoch(set, transaction),
        (DeleteOp, ["controller"]) when session != _znodeOwner => "the controller is another",
        (SetDataOp set, ["brokers", "topics", _]) when IsExpansion(set) => null,
        (SetDataOp set, ["brokers", "topics", _, "partitions", _, "state"]) => WhatIsWrongWithState(session, set),
        (_, var path) when IsControllers(operation, path) && session != _owner => $"the owner of controller epoch {_epoch} is broker {_cluster.Owner(_owner)?.Id}",
        _ => null,
    };

    /// <summary>Is it a write that only a controller has reason to make?</summary>
    private bool IsControllers(ZooKeeperOp operation, string[] path) => path switch
    {
        ["brokers", "topics", _] => operation is not CreateOp,
        ["brokers", "topics", _, ..] => true,
        ["admin", "delete_topics", _, ..] or ["config", "topics", _] => operation is DeleteOp,
        ["isr_change_notification", _] or ["log_dir_event_notification", _] => operation is not CreateOp,
        ["admin", "reassign_partitions" or "preferred_replica_election"] => operation is not CreateOp,
        ["feature"] => true,
        ["latest_producer_id_block"] => _allocatesProducerIds,
        _ => false,
    };

    private string? WhatIsWrongWithEpoch(SetDataOp set, IReadOnlyList<ZooKeeperOp> transaction)
    {
        var next = ControllerEpochZnode.Decode(set.Data!.Value.Span);
        return next != _epoch + 1 ? $"the controller epoch went from {_epoch} to {next}"
            : !transaction.Any(operation => operation is CreateOp { Path: ControllerZnode.Path }) ? "an epoch without an election"
            : null;
    }

    /// <summary>A controller says in which epoch it writes; a leader that writes its ISR leaves all else as a controller had it.</summary>
    private string? WhatIsWrongWithState(long session, SetDataOp set)
    {
        var state = StateOf(set.Path, set.Data!.Value.Span);
        if (session == _owner && state.ControllerEpoch == _epoch)
        {
            return null;
        }

        var (before, after) = (_states.GetValueOrDefault(set.Path), state.LeaderAndIsr);
        return !_leadersWrite ? $"in controller epoch {state.ControllerEpoch}, where {_epoch} of broker {_cluster.Owner(_owner)?.Id} is current"
            : before is null ? "there was no state before"
            : _cluster.Owner(session)?.Id != after.Leader || before.LeaderAndIsr.Leader != after.Leader || before.LeaderAndIsr.LeaderEpoch != after.LeaderEpoch
                ? $"{after} over {before.LeaderAndIsr}"
            : state.ControllerEpoch < before.ControllerEpoch || state.ControllerEpoch > _epoch
                ? $"a leader put controller epoch {state.ControllerEpoch} over {before.ControllerEpoch}; {_epoch} is current"
            : null;
    }

    /// <summary>CreatePartitions, which leaves the partitions that are there as they are.</summary>
    private bool IsExpansion(SetDataOp set)
    {
        var after = AssignmentOf(set.Path, set.Data!.Value.Span);
        return _topics.GetValueOrDefault(set.Path) is { } before
            && before.TopicId == after.TopicId
            && before.Partitions.Count < after.Partitions.Count
            && before.Partitions.All(entry => entry.Value.Equals(after.Partitions.GetValueOrDefault(entry.Key)));
    }

    private void Take(string path, ReadOnlyMemory<byte>? data)
    {
        switch (path.Split('/')[1..])
        {
            case ["brokers", "topics", _]:
                _topics[path] = AssignmentOf(path, data!.Value.Span);
                break;
            case ["brokers", "topics", _, "partitions", _, "state"]:
                _states[path] = StateOf(path, data!.Value.Span);
                break;
        }
    }

    private static string[] Parts(ZooKeeperOp operation) => operation.Path.Split('/')[1..];

    private static TopicAssignment AssignmentOf(string path, ReadOnlySpan<byte> data) => TopicZnode.Decode(path.Split('/')[3], data);

    private static PartitionState StateOf(string path, ReadOnlySpan<byte> data) =>
        PartitionStateZnode.Decode(new TopicPartition(path.Split('/')[3], 0), data, version: 0);
}
