using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Simulation.Clusters;
using ClassicBroker.Storage;

namespace ClassicBroker.Simulation.Runs.Transactions;

/// <summary>
/// Consumes one partition, transforms, produces, and commits how far it came, all in one transaction. Its transactional id is of the
/// partition, as before KIP-447: a new owner replaces the one before, and asks for the committed offset after that. Threading: the client
/// loop.
/// </summary>
internal sealed class TransactionalWorker : ITransactionalProcess
{
    private const short OffsetFetchVersion = 5;
    private const short OffsetFetchVersionWithStable = 7;

    private readonly SimulatedCluster _cluster;
    private readonly TransactionHistory _history;
    private readonly TransactionShape _shape;
    private readonly Flow _flow;
    private readonly IReadOnlyList<TopicPartition> _targets;
    private readonly CoordinatorWays _groupCoordinator;
    private readonly TransactionalReader _reader;
    private bool _isStopped;

    public TransactionalWorker(
        SimulatedCluster cluster,
        TransactionHistory history,
        TransactionShape shape,
        Flow flow,
        TopicPartition source,
        IReadOnlyList<TopicPartition> targets,
        int number)
    {
        (_cluster, _history, _shape, _flow, _targets) = (cluster, history, shape, flow, targets);
        Client = new TransactionalClient(cluster, history, shape, flow.TransactionalId(source), number) { Source = source };
        _groupCoordinator = new CoordinatorWays(cluster, Client.Ways, flow.Group, CoordinatorWays.Kind.Group);
        _reader = new TransactionalReader(cluster, Client.Ways, source, isCommitted: true);
    }

    public TransactionalClient Client { get; }

    /// <summary>Behind what it has consumed and committed; -1 before it knows.</summary>
    public long Position { get; private set; } = -1;

    /// <summary>Has it consumed all there is?</summary>
    public bool IsAtEnd(Func<TopicPartition, PartitionLog?> logOf) => logOf(_reader.Partition) is { } log && Position == log.LogEndOffset;

    public void Stop() => _isStopped = true;

    public void Dispose() => Client.Dispose();

    public async Task RunAsync()
    {
        if (!await Client.InitAsync() || !await SeekAsync())
        {
            return;
        }

        while (!_isStopped && !Client.IsAbandoned)
        {
            if (!_cluster.IsAtRest)
            {
                var records = await _reader.ReadAsync(recordsMax: 1 + _cluster.Random.Next(4));
                if (Client.IsAbandoned || (records.Count > 0 && !await CopyAsync(records)))
                {
                    return;
                }

                Position = _reader.Position;
            }

            await _cluster.ClientLoop.DelayAsync(TimeSpan.FromMilliseconds(5 + _cluster.Random.Next(60)));
        }
    }

    /// <summary>Copies what was read; where that is aborted, the position goes back. False where it was replaced, or is over.</summary>
    private async Task<bool> CopyAsync(IReadOnlyList<(long Offset, string Value)> records)
    {
        if (!await Client.BeginAsync())
        {
            return false;
        }

        var transaction = Client.Current!;
        var outputs = new List<(TopicPartition Partition, string Payload)>();
        foreach (var (offset, value) in records)
        {
            transaction.ReadFrom.Add(_history.ReadCommitted(_reader.Partition, offset, value).Number);
            if (Flow.Transform(TransactionHistory.Payload(value)) is { } output)
            {
                outputs.Add((_targets[_cluster.Random.Next(_targets.Count)], output));
            }
        }

        var outcome = await CopyAsync(outputs, records[^1].Offset + 1);
        if (outcome == StepOutcome.Over)
        {
            return false;
        }

        var isCommit = outcome == StepOutcome.Done && _cluster.Random.Next(6) > 0;
        if (!isCommit && outputs.Count > 0 && _cluster.Random.OneIn(2))
        {
            Client.ProduceLate(outputs[0].Partition, outputs[0].Payload + "late");
        }

        return await Client.EndAsync(isCommit) && (transaction.Fate == TransactionFate.Committed || await SeekAsync());
    }

    private async Task<StepOutcome> CopyAsync(List<(TopicPartition Partition, string Payload)> outputs, long next)
    {
        var outcome = outputs.Count == 0
            ? StepOutcome.Done : await Client.AddPartitionsAsync([.. outputs.Select(output => output.Partition).Distinct()]);
        var commitsFirst = _cluster.Random.OneIn(3);
        if (commitsFirst && outcome == StepOutcome.Done)
        {
            outcome = await CommitOffsetAsync(next);
        }

        foreach (var (partition, payload) in outputs)
        {
            outcome = outcome == StepOutcome.Done ? await Client.ProduceAsync(partition, payload) : outcome;
        }

        return outcome == StepOutcome.Done && !commitsFirst ? await CommitOffsetAsync(next) : outcome;
    }

    private async Task<StepOutcome> CommitOffsetAsync(long next)
    {
        var outcome = await Client.AddOffsetsAsync(_flow.Group);
        return outcome == StepOutcome.Done
            ? await Client.CommitOffsetAsync(_groupCoordinator, _flow.Group, _reader.Partition, next)
            : outcome;
    }

    /// <summary>Goes to the committed offset; false where it was stopped before.</summary>
    private async Task<bool> SeekAsync()
    {
        while (!Client.IsAbandoned)
        {
            var before = Client.SettledPosition;
            if (await CommittedAsync() is { } offset)
            {
                _cluster.Tell?.Invoke(Client.TransactionalId, $"goes on from {offset} of {_reader.Partition}");
                _history.TellPosition(_reader.Partition, offset, before);
                Position = _reader.Position = offset;
                return !Client.IsAbandoned;
            }

            await _cluster.ClientLoop.DelayAsync(TimeSpan.FromMilliseconds(20 + _cluster.Random.Next(150)));
        }

        return false;
    }

    /// <summary>The committed offset, 0 where there is none; null where that is not known yet.</summary>
    private async Task<long?> CommittedAsync()
    {
        var request = new OffsetFetchRequest
        {
            GroupId = _flow.Group,
            Topics = [new() { Name = _reader.Partition.Topic, PartitionIndexes = [_reader.Partition.Partition] }],
            RequireStable = _shape.RequiresStable,
        };
        var answer = await _groupCoordinator.AskAsync<OffsetFetchRequest, OffsetFetchResponse>(
            request, _shape.RequiresStable ? OffsetFetchVersionWithStable : OffsetFetchVersion);
        if (answer is not { ErrorCode: ErrorCode.None } || answer.Topics[0].Partitions[0] is not { ErrorCode: ErrorCode.None } found)
        {
            _groupCoordinator.Note(answer?.ErrorCode ?? ErrorCode.None);
            return null;
        }

        return Math.Max(0, found.CommittedOffset);
    }
}
