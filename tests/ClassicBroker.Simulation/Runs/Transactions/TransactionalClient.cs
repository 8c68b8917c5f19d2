using System.Text;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Simulation.Runs.Transactions;

/// <summary>
/// A producer with a transactional id, step by step, at the level of requests: it asks again until an answer is final, aborts where a step
/// fails, and takes the next epoch before it goes on where an answer was lost (KIP-360), so that nothing that is still on its way counts in
/// a later transaction. Threading: the client loop.
/// </summary>
internal sealed class TransactionalClient : IDisposable
{
    private const short InitProducerIdVersion = 4;
    private const short AddOffsetsVersion = 3;
    private const short TxnOffsetCommitVersion = 3;
    private const short EndTxnVersion = 3;
    private const short FirstBatchedAddVersion = 4;
    private const int AttemptsMax = 20;

    private readonly SimulatedCluster _cluster;
    private readonly TransactionHistory _history;
    private readonly TransactionShape _shape;
    private readonly string _name;
    private readonly SimulatedClients _ways;
    private readonly CoordinatorWays _coordinator;
    private readonly Dictionary<TopicPartition, int> _sequences = [];
    private readonly HashSet<TopicPartition> _added = [];
    private long _producerId = RecordFormat.NoProducerId;
    private short _epoch = RecordFormat.NoProducerEpoch;
    private bool _mustBump;

    public TransactionalClient(SimulatedCluster cluster, TransactionHistory history, TransactionShape shape, string transactionalId, int number)
    {
        (_cluster, _history, _shape, TransactionalId) = (cluster, history, shape, transactionalId);
        _name = $"{transactionalId} ({number})";
        _ways = new SimulatedClients(cluster, $"{transactionalId}-{number}");
        _coordinator = new CoordinatorWays(cluster, _ways, transactionalId, CoordinatorWays.Kind.Transaction);
    }

    public string TransactionalId { get; }

    public SimulatedClients Ways => _ways;

    /// <summary>What it consumes, and commits how far; null where it only writes.</summary>
    public TopicPartition? Source { get; init; }

    /// <summary>
    /// How far the source was consumed in transactions that have come to their end with all markers, by the coordinator's last word.
    /// </summary>
    public long SettledPosition { get; private set; }

    /// <summary>The process is gone: it takes no further step.</summary>
    public bool IsAbandoned { get; set; }

    /// <summary>The transaction under way; null between two.</summary>
    public ClientTransaction? Current { get; private set; }

    /// <summary>Sends that were given up and may still arrive, or fail for a reason that counts.</summary>
    public List<Task> Late { get; } = [];

    public void Dispose() => _ways.Dispose();

    /// <summary>Gets an id and an epoch, which replaces the process that had the id; false where it was stopped before.</summary>
    public Task<bool> InitAsync() => InitAsync(isContinuation: false);

    /// <summary>Begins a transaction, in a new epoch where the last one left doubts; false where another producer has its place.</summary>
    public async Task<bool> BeginAsync()
    {
        if (_mustBump && !await InitAsync(isContinuation: true))
        {
            return false;
        }

        if (IsAbandoned)
        {
            return false;
        }

        _added.Clear();
        Current = _history.Begin(TransactionalId);
        return true;
    }

    public Task<StepOutcome> AddPartitionsAsync(IReadOnlyCollection<TopicPartition> partitions) => AskCoordinatorAsync(async () =>
    {
        var answer = await _coordinator.AskAsync<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>(
            AddRequest(partitions), _shape.AddPartitionsVersion);
        if (answer is null || answer.ErrorCode != ErrorCode.None)
        {
            return answer?.ErrorCode;
        }

        var topics = _shape.AddPartitionsVersion >= FirstBatchedAddVersion
            ? answer.ResultsByTransaction.SelectMany(result => result.TopicResults)
            : answer.ResultsByTopicV3AndBelow;
        var error = topics.SelectMany(topic => topic.ResultsByPartition).Select(result => result.PartitionErrorCode)
            .FirstOrDefault(error => error != ErrorCode.None);
        if (error == ErrorCode.None)
        {
            _added.UnionWith(partitions);
        }

        return error;
    });

    public Task<StepOutcome> AddOffsetsAsync(string group) => AskCoordinatorAsync(async () =>
        (await _coordinator.AskAsync<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse>(
            new() { TransactionalId = TransactionalId, ProducerId = _producerId, ProducerEpoch = _epoch, GroupId = group },
            AddOffsetsVersion))?.ErrorCode);

    /// <summary>Commits how far the input was consumed, at the group's coordinator.</summary>
    public Task<StepOutcome> CommitOffsetAsync(CoordinatorWays groupCoordinator, string group, TopicPartition partition, long offset)
    {
        Current!.Position = (partition, offset);
        return AskAsync(async () =>
        {
            var request = new TxnOffsetCommitRequest
            {
                TransactionalId = TransactionalId,
                GroupId = group,
                ProducerId = _producerId,
                ProducerEpoch = _epoch,
                Topics = [new() { Name = partition.Topic, Partitions = [new() { PartitionIndex = partition.Partition, CommittedOffset = offset }] }],
            };
            var answer = await groupCoordinator.AskAsync<TxnOffsetCommitRequest, TxnOffsetCommitResponse>(request, TxnOffsetCommitVersion);
            var error = answer?.Topics[0].Partitions[0].ErrorCode;
            groupCoordinator.Note(error ?? ErrorCode.None);
            return error;
        });
    }

    /// <summary>Sends a payload until it is acknowledged.</summary>
    public Task<StepOutcome> ProduceAsync(TopicPartition partition, string payload)
    {
        var transaction = Current!;
        var value = TransactionHistory.Value(payload, transaction);
        var sequence = NextSequence(partition);
        return AskAsync(() => SendAsync(transaction, partition, value, Batch(value, sequence)));
    }

    /// <summary>
    /// Sends a payload to a partition of the transaction, and does not wait for what becomes of it: the transaction is to be aborted. It
    /// may be on its way for so long that it arrives behind the marker.
    /// </summary>
    public void ProduceLate(TopicPartition partition, string payload)
    {
        if (!_added.Contains(partition))
        {
            return;
        }

        var transaction = Current!;
        var value = TransactionHistory.Value(payload, transaction);
        _mustBump = true;
        Late.Add(SendLateAsync(transaction, partition, value, Batch(value, NextSequence(partition))));
    }

    private async Task SendLateAsync(ClientTransaction transaction, TopicPartition partition, string value, byte[] records)
    {
        if (_cluster.Random.OneIn(2))
        {
            await _cluster.ClientLoop.DelayAsync(TimeSpan.FromMilliseconds(_cluster.Random.Next(300)));
        }

        await SendAsync(transaction, partition, value, records);
    }

    /// <summary>Ends the transaction, and asks until it is known how; false where another producer has its place.</summary>
    public async Task<bool> EndAsync(bool isCommit)
    {
        var transaction = Current!;
        if (isCommit)
        {
            transaction.IsCommitAsked = true;
        }
        else
        {
            _history.End(transaction, TransactionFate.Aborted);
        }

        var mayGoOn = false;
        for (var isCertain = true; !IsAbandoned; isCertain = false)
        {
            var isReplaced = IsReplaced();
            var request = new EndTxnRequest
            {
                TransactionalId = TransactionalId,
                ProducerId = _producerId,
                ProducerEpoch = _epoch,
                Committed = isCommit,
            };
            var error = (await _coordinator.AskAsync<EndTxnRequest, EndTxnResponse>(request, EndTxnVersion))?.ErrorCode;
            _coordinator.Note(error ?? ErrorCode.None);
            if (FateOf(error, isCommit, isCertain) is { } fate)
            {
                RequireNotReplaced(error, isReplaced, ApiKey.EndTxn);
                Settle(transaction, fate);
                Tell($"{transaction} ended: {fate} by {error}");
                mayGoOn = !IsAbandoned && error is (ErrorCode.None or ErrorCode.InvalidTxnState);
                _mustBump |= error != ErrorCode.None;
                break;
            }

            Tell($"asked for the end of {transaction}: {error?.ToString() ?? "no answer"}");
            _mustBump |= error is not ErrorCode.ConcurrentTransactions;
            await PauseAsync();
        }

        Current = null;
        return mayGoOn;
    }

    /// <summary>The process is gone: what it had not asked to be committed never will be.</summary>
    public void Abandon()
    {
        IsAbandoned = true;
        Tell("vanishes");
        if (Current is { } transaction)
        {
            Settle(transaction, transaction.IsCommitAsked ? TransactionFate.Unknown : TransactionFate.Aborted);
        }

        Current = null;
    }

    private void Settle(ClientTransaction transaction, TransactionFate fate)
    {
        if (transaction.Fate == TransactionFate.Open)
        {
            _history.End(transaction, fate);
        }
    }

    /// <summary>How a transaction ended by the answer to its end; null where the answer is not final.</summary>
    private TransactionFate? FateOf(ErrorCode? error, bool isCommit, bool isCertain) => error switch
    {
        ErrorCode.None => isCommit ? TransactionFate.Committed : TransactionFate.Aborted,
        ErrorCode.ProducerFenced or ErrorCode.InvalidProducerEpoch =>
            isCertain || !isCommit ? TransactionFate.Aborted : TransactionFate.Unknown,
        ErrorCode.InvalidTxnState when isCommit && isCertain && _coordinator.IsCurrent =>
            throw new InvariantBrokenException("H9", $"{Current} was open, and its coordinator has nothing to commit"),
        ErrorCode.InvalidTxnState => isCommit ? TransactionFate.Unknown : TransactionFate.Aborted,
        ErrorCode.InvalidProducerIdMapping =>
            throw new InvariantBrokenException("W11", $"the coordinator of {TransactionalId} does not know producer {_producerId}"),
        _ => null,
    };

    private async Task<bool> InitAsync(bool isContinuation)
    {
        while (!IsAbandoned)
        {
            var isReplaced = isContinuation && IsReplaced();
            var committed = Committed();
            var request = new InitProducerIdRequest
            {
                TransactionalId = TransactionalId,
                TransactionTimeoutMs = _shape.TimeoutMs,
                ProducerId = isContinuation ? _producerId : RecordFormat.NoProducerId,
                ProducerEpoch = isContinuation ? _epoch : RecordFormat.NoProducerEpoch,
            };
            var answer = await _coordinator.AskAsync<InitProducerIdRequest, InitProducerIdResponse>(request, InitProducerIdVersion);
            _coordinator.Note(answer?.ErrorCode ?? ErrorCode.None);
            switch (answer?.ErrorCode)
            {
                case ErrorCode.None:
                    RequireNotReplaced(answer.ErrorCode, isReplaced, ApiKey.InitProducerId);
                    (_producerId, _epoch, _mustBump, SettledPosition) = (answer.ProducerId, answer.ProducerEpoch, false, committed);
                    _sequences.Clear();
                    _history.Initialised(TransactionalId, _producerId, _epoch);
                    Tell($"has producer id {_producerId} and epoch {_epoch}");
                    return !IsAbandoned;
                case ErrorCode.ProducerFenced or ErrorCode.InvalidProducerEpoch:
                    return false;
            }

            await PauseAsync();
        }

        return false;
    }

    /// <summary>As <see cref="AskAsync"/>; success tells that what was decided before has ended.</summary>
    private Task<StepOutcome> AskCoordinatorAsync(Func<Task<ErrorCode?>> ask) => AskAsync(async () =>
    {
        var committed = Committed();
        var error = await ask();
        SettledPosition = error == ErrorCode.None ? committed : SettledPosition;
        return error;
    });

    private long Committed() => Source is { } source ? _history.Position(source) : 0;

    /// <summary>Asks until the answer is final, some times at most.</summary>
    private async Task<StepOutcome> AskAsync(Func<Task<ErrorCode?>> ask)
    {
        for (var attempt = 0; attempt < AttemptsMax && !IsAbandoned; attempt++)
        {
            var isReplaced = IsReplaced();
            var error = await ask();
            switch (error)
            {
                case ErrorCode.None:
                    RequireNotReplaced(error, isReplaced, null);
                    return IsAbandoned ? StepOutcome.Over : StepOutcome.Done;
                case null:
                    _mustBump = true;
                    break;
                case ErrorCode.InvalidProducerEpoch or ErrorCode.ProducerFenced or ErrorCode.InvalidTxnState
                    or ErrorCode.TransactionAbortable or ErrorCode.OutOfOrderSequenceNumber:
                    // The coordinator has the last word: it refuses the end of the transaction too where a newer producer came.
                    attempt = AttemptsMax;
                    break;
            }

            Tell($"got {error?.ToString() ?? "no answer"}");
            _coordinator.Note(error ?? ErrorCode.None);
            if (attempt < AttemptsMax)
            {
                await PauseAsync();
            }
        }

        _mustBump = true;
        return IsAbandoned ? StepOutcome.Over : StepOutcome.Failed;
    }

    private async Task<ErrorCode?> SendAsync(ClientTransaction transaction, TopicPartition partition, string value, byte[] records)
    {
        if (_cluster.LeaderOf(partition) is not (>= 0 and var leader))
        {
            return ErrorCode.LeaderNotAvailable;
        }

        var request = new ProduceRequest
        {
            TransactionalId = TransactionalId,
            Acks = -1,
            TimeoutMs = 2_000,
            TopicData = [new() { Name = partition.Topic, PartitionData = [new() { Index = partition.Partition, Records = records }] }],
        };
        var answer = (await _ways.AskAsync<ProduceRequest, ProduceResponse>(leader, request, _shape.ProduceVersion))
            ?.Responses[0].PartitionResponses[0];
        if (answer is { ErrorCode: ErrorCode.None })
        {
            _history.Acknowledge(transaction, partition, value, answer.BaseOffset);
            Tell($"{value} is at {answer.BaseOffset} of {partition}");
        }

        return answer?.ErrorCode;
    }

    private AddPartitionsToTxnRequest AddRequest(IReadOnlyCollection<TopicPartition> partitions)
    {
        AddPartitionsToTxnRequest.AddPartitionsToTxnTopic[] topics =
        [
            .. partitions.GroupBy(partition => partition.Topic, StringComparer.Ordinal)
                .Select(topic => new AddPartitionsToTxnRequest.AddPartitionsToTxnTopic
                {
                    Name = topic.Key,
                    Partitions = [.. topic.Select(partition => partition.Partition)],
                }),
        ];
        return _shape.AddPartitionsVersion >= FirstBatchedAddVersion
            ? new()
            {
                Transactions =
                [
                    new() { TransactionalId = TransactionalId, ProducerId = _producerId, ProducerEpoch = _epoch, Topics = topics },
                ],
            }
            : new()
            {
                V3AndBelowTransactionalId = TransactionalId,
                V3AndBelowProducerId = _producerId,
                V3AndBelowProducerEpoch = _epoch,
                V3AndBelowTopics = topics,
            };
    }

    /// <summary>A number is used once, whatever becomes of the record: another record under it would be taken for a repeat.</summary>
    private int NextSequence(TopicPartition partition)
    {
        var sequence = _sequences.GetValueOrDefault(partition);
        _sequences[partition] = sequence + 1;
        return sequence;
    }

    private byte[] Batch(string value, int sequence)
    {
        using var builder = new RecordBatchBuilder(initialCapacity: 256)
        {
            ProducerId = _producerId,
            ProducerEpoch = _epoch,
            BaseSequence = sequence,
            IsTransactional = true,
        };
        var bytes = Encoding.UTF8.GetBytes(value);
        builder.Append(_cluster.Time.UnixMs(), _shape.IsCompacted ? bytes : null, bytes);
        return builder.Build().ToArray();
    }

    private void Tell(string what) => _cluster.Tell?.Invoke(_name, what);

    private bool IsReplaced() => _history.IsReplaced(TransactionalId, _producerId, _epoch);

    private void RequireNotReplaced(ErrorCode? error, bool isReplaced, ApiKey? api)
    {
        if (isReplaced && error == ErrorCode.None)
        {
            throw new InvariantBrokenException(
                "H10", $"a producer of {TransactionalId} in epoch {_epoch} succeeded with {api?.ToString() ?? "a step"} after a newer one had come");
        }
    }

    private Task PauseAsync() => _cluster.ClientLoop.DelayAsync(TimeSpan.FromMilliseconds(20 + _cluster.Random.Next(150)));
}
