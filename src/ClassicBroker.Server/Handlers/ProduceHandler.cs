using ClassicBroker.Metadata.Admin;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Replication;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Metrics;
using ClassicBroker.Storage;

namespace ClassicBroker.Server.Handlers;

/// <summary>
/// Produce 0-11. Appends on the network loop that received the request, straight from the receive buffer; waits for replicas only with
/// <c>acks=all</c>, and for the coordinator where a transaction begins in a partition, with the frame kept meanwhile. With <c>acks=0</c>
/// nothing is answered, and an error closes the connection so that the producer looks for the leader again.
/// </summary>
public sealed class ProduceHandler(
    LeaderAppender appends, MetadataCache metadata, TransactionVerification transactions, BrokerTopicStats stats)
    : RequestHandler<ProduceRequest, ProduceResponse>
{
    private const short AcksAll = -1;
    private const short FirstVersionWithCurrentLeader = 10;

    /// <summary>Brokers up to 0.8.2, which knew no other version, wait for as many replicas as a producer says (KIP-1).</summary>
    private const short LastVersionWithAnyAcks = 0;

    /// <summary>The one client that may write internal topics: Kafka's own admin tools.</summary>
    private const string AdminClientId = "__admin_client";

    private static readonly AccessRule WriteTransactionalId = AccessRule.Each(AclOperation.Write, AclResourceType.TransactionalId);

    private static readonly AccessRule WriteTopic = AccessRule.Each(AclOperation.Write, AclResourceType.Topic);

    public override IReadOnlyList<AccessRule> Access { get; } = [WriteTransactionalId, WriteTopic];

    public override ValueTask<ProduceResponse?> HandleAsync(ProduceRequest request, RequestContext context)
    {
        var topics = ProducedPartitions.Once(request.TopicData);
        if (MayNotWriteTransaction(request, topics, context))
        {
            var refusal = RefuseAll(topics, ErrorCode.TransactionalIdAuthorizationFailed);
            return ValueTask.FromResult(Finish(request, refusal, failed: true, context));
        }

        var response = new ProduceResponse { Responses = new ProduceResponse.TopicProduceResponse[topics.Length] };
        List<ProduceWait>? waits = null;
        List<UnverifiedAppend>? unverified = null;
        var failed = false;
        for (var i = 0; i < topics.Length; i++)
        {
            var topic = topics[i];
            var answers = new ProduceResponse.PartitionProduceResponse[topic.PartitionData.Length];
            response.Responses[i] = new() { Name = topic.Name, PartitionResponses = answers };
            var mayWrite = context.Allows(WriteTopic, topic.Name);
            for (var j = 0; j < answers.Length; j++)
            {
                var partition = new TopicPartition(topic.Name, topic.PartitionData[j].Index);
                var records = topic.PartitionData[j].Records;
                var verification = transactions.Begin(partition, records, out var producerId, out var producerEpoch);
                if (mayWrite && verification.Guard is not null && Refusal(partition, records, request.Acks, context, out _) is null)
                {
                    (unverified ??= []).Add(new(i, j, partition, producerId, producerEpoch, verification));
                    continue;
                }

                var outcome = mayWrite
                    ? Append(partition, records, request.Acks, context, verification)
                    : AppendOutcome.Refused(WriteTopic.Refusal);
                stats.Produced(topic.Name, records.IsNull ? 0 : records.Memory.Length, outcome);
                answers[j] = Answer(partition, outcome);
                failed |= outcome.Error != ErrorCode.None;
                if (outcome.Error == ErrorCode.None && appends.WaitFor(partition, outcome, request.Acks) is { } wait)
                {
                    (waits ??= []).Add(wait);
                }
            }
        }

        if (unverified is not null)
        {
            return AppendVerifiedAsync(unverified, waits ?? [], request, topics, response, failed, context);
        }

        return waits is null
            ? ValueTask.FromResult(Finish(request, response, failed, context))
            : FinishAfterAsync(waits, request, response, context);
    }

    /// <summary>A producer that wants no answer learns of a failure by losing its connection.</summary>
    protected override ProduceResponse? ErrorResponse(ProduceRequest request, ErrorCode error, short version) =>
        request.Acks == 0 ? null : base.ErrorResponse(request, error, version);

    /// <summary>What the batches say counts, not the request's own flag (CVE-2018-17196).</summary>
    private static bool MayNotWriteTransaction(ProduceRequest request, ProduceRequest.TopicProduceData[] topics, RequestContext context) =>
        (request.TransactionalId is null || context.IsGuarded)
        && TransactionVerification.HasTransactionalBatch(topics)
        && (request.TransactionalId is null || !context.Allows(WriteTransactionalId, request.TransactionalId));

    private AppendOutcome Append(
        TopicPartition partition, RecordsPayload records, short acks, RequestContext context, AppendVerification verification) =>
        Refusal(partition, records, acks, context, out var set)
        ?? AsKafkaTells(appends.Append(partition, set, AppendOrigin.Client, acks, verification));

    /// <summary>Why the records are not even taken to the log; null where they are.</summary>
    private AppendOutcome? Refusal(
        TopicPartition partition, RecordsPayload records, short acks, RequestContext context, out RecordSet set)
    {
        set = default;
        if (acks < AcksAll || (acks > 1 && context.ApiVersion > LastVersionWithAnyAcks))
        {
            return AppendOutcome.Refused(ErrorCode.InvalidRequiredAcks);
        }

        if (metadata.Current.Partition(partition) is null)
        {
            return AppendOutcome.Refused(ErrorCode.UnknownTopicOrPartition);
        }

        if (TopicName.IsInternal(partition.Topic) && context.ClientId != AdminClientId)
        {
            return AppendOutcome.Refused(ErrorCode.InvalidTopicException);
        }

        try
        {
            set = RecordSet.Open(records.IsNull ? default : records.Memory);
            ProduceRequestRecords.Check(context.ApiVersion, set);
            return null;
        }
        catch (RecordsException refused)
        {
            return AppendOutcome.Refused(refused.Code);
        }
    }

    /// <summary>
    /// Appends what begins a transaction in its partition once the coordinator knows of it. Everything else of the request is in the log
    /// already, so that no batch of the connection overtakes another.
    /// </summary>
    private async ValueTask<ProduceResponse?> AppendVerifiedAsync(
        List<UnverifiedAppend> unverified,
        List<ProduceWait> waits,
        ProduceRequest request,
        ProduceRequest.TopicProduceData[] topics,
        ProduceResponse response,
        bool failed,
        RequestContext context)
    {
        using var frame = context.KeepFrame();
        foreach (var producer in unverified.GroupBy(append => (append.ProducerId, append.ProducerEpoch)))
        {
            UnverifiedAppend[] appended = [.. producer];
            var refusals = await transactions.VerifyAsync(
                new(request.TransactionalId!, producer.Key.ProducerId, producer.Key.ProducerEpoch),
                [.. appended.Select(append => append.Partition)],
                context.ApiVersion);
            foreach (var (append, refusal) in appended.Zip(refusals))
            {
                var records = topics[append.Topic].PartitionData[append.Index].Records;
                var outcome = refusal ?? Append(append.Partition, records, request.Acks, context, append.Verification);
                stats.Produced(append.Partition.Topic, records.Memory.Length, outcome);
                response.Responses[append.Topic].PartitionResponses[append.Index] = Answer(append.Partition, outcome);
                failed |= outcome.Error != ErrorCode.None;
                if (outcome.Error == ErrorCode.None && appends.WaitFor(append.Partition, outcome, request.Acks) is { } wait)
                {
                    waits.Add(wait);
                }
            }
        }

        if (waits.Count == 0)
        {
            return Finish(request, response, failed, context);
        }

        // Answers are matched to waits by their order.
        var byPartition = waits.ToDictionary(wait => wait.Partition);
        var ordered = topics
            .SelectMany(topic => topic.PartitionData.Select(partition => new TopicPartition(topic.Name, partition.Index)))
            .Where(byPartition.ContainsKey)
            .Select(partition => byPartition[partition])
            .ToList();
        return await FinishAfterAsync(ordered, request, response, context);
    }

    /// <summary>Kafka gives words only where single records are at fault, and no log start with the codes that say it all.</summary>
    private static AppendOutcome AsKafkaTells(in AppendOutcome outcome) =>
        outcome.RecordErrors is { Count: > 0 } ? outcome
        : outcome.Error is ErrorCode.CorruptMessage or ErrorCode.MessageTooLarge or ErrorCode.RecordListTooLarge
            or ErrorCode.KafkaStorageError
            ? AppendOutcome.Refused(outcome.Error)
        : outcome.Error == ErrorCode.None ? outcome
        : outcome with { Message = null };

    private static ProduceResponse RefuseAll(ProduceRequest.TopicProduceData[] topics, ErrorCode error) =>
        new()
        {
            Responses = [.. topics.Select(topic => new ProduceResponse.TopicProduceResponse
            {
                Name = topic.Name,
                PartitionResponses = [.. topic.PartitionData.Select(partition =>
                    Answer(new(topic.Name, partition.Index), AppendOutcome.Refused(error)))],
            })],
        };

    private static ProduceResponse.PartitionProduceResponse Answer(TopicPartition partition, in AppendOutcome outcome)
    {
        if (outcome.Error != ErrorCode.None)
        {
            return new()
            {
                Index = partition.Partition,
                ErrorCode = outcome.Error,
                BaseOffset = -1,
                LogStartOffset = outcome.LogStartOffset,
                ErrorMessage = outcome.Message,
                RecordErrors = [.. (outcome.RecordErrors ?? []).Select(error => new ProduceResponse.BatchIndexAndErrorMessage
                {
                    BatchIndex = error.BatchIndex,
                    BatchIndexErrorMessage = error.Message,
                })],
            };
        }

        return new()
        {
            Index = partition.Partition,

            // A producer takes it for success, and knows that it is told no offset.
            ErrorCode = outcome.Appended.IsForgotten ? ErrorCode.DuplicateSequenceNumber : ErrorCode.None,
            BaseOffset = outcome.Appended.FirstOffset,
            LogAppendTimeMs = outcome.Appended.LogAppendTime,
            LogStartOffset = outcome.Appended.LogStartOffset,
        };
    }

    private async ValueTask<ProduceResponse?> FinishAfterAsync(
        List<ProduceWait> waits,
        ProduceRequest request,
        ProduceResponse response,
        RequestContext context)
    {
        await appends.AwaitReplicasAsync(waits, request.TimeoutMs, context.Cancellation);
        var next = 0;
        foreach (var topic in response.Responses)
        {
            foreach (var answer in topic.PartitionResponses)
            {
                if (answer.ErrorCode is ErrorCode.None or ErrorCode.DuplicateSequenceNumber
                    && waits[next++].Error is var failure and not ErrorCode.None)
                {
                    // The offsets stay, as in Kafka: whatever became of the replicas, the leader's log has the records.
                    answer.ErrorCode = failure;
                }
            }
        }

        return Finish(request, response, failed: false, context);
    }

    private ProduceResponse? Finish(ProduceRequest request, ProduceResponse response, bool failed, RequestContext context)
    {
        if (request.Acks == 0)
        {
            if (failed)
            {
                context.Connection.Close();
            }

            return null;
        }

        if (context.ApiVersion >= FirstVersionWithCurrentLeader)
        {
            NameCurrentLeaders(response, context.ListenerName);
        }

        return response;
    }

    /// <summary>Tells a producer that asked the wrong broker where the leader is (KIP-951).</summary>
    private void NameCurrentLeaders(ProduceResponse response, string listener)
    {
        var image = metadata.Current;
        var leaders = new CurrentLeaders(image, listener);
        foreach (var topic in response.Responses)
        {
            foreach (var answer in topic.PartitionResponses)
            {
                if (answer.ErrorCode == ErrorCode.NotLeaderOrFollower
                    && leaders.Find(topic.Name, answer.Index) is { } partition)
                {
                    answer.CurrentLeader = new() { LeaderId = partition.Leader, LeaderEpoch = partition.LeaderEpoch };
                }
            }
        }

        response.NodeEndpoints = [.. leaders.Endpoints.Select(node => new ProduceResponse.NodeEndpoint
        {
            NodeId = node.Id,
            Host = node.Endpoint.Host,
            Port = node.Endpoint.Port,
            Rack = node.Rack,
        })];
    }

    /// <summary>Records that wait for the coordinator's word.</summary>
    private readonly record struct UnverifiedAppend(
        int Topic, int Index, TopicPartition Partition, long ProducerId, short ProducerEpoch, AppendVerification Verification);
}
