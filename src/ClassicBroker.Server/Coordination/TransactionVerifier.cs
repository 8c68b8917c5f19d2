using ClassicBroker.Coordinator.Transactions;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;

namespace ClassicBroker.Server.Coordination;

/// <summary>
/// Asks the coordinator of a transaction, this broker or another, whether the transaction holds partitions (KIP-890). Owned by the broker.
/// Threading: any.
/// </summary>
/// <param name="identity">This broker.</param>
/// <param name="local">Its own coordinator.</param>
/// <param name="whereabouts">Who coordinates what.</param>
/// <param name="peers">The ways to the others.</param>
/// <param name="listenerName">The listener between brokers.</param>
/// <param name="version">Of AddPartitionsToTxn; null where coordinators may be too old to be asked, and everything passes.</param>
public sealed class TransactionVerifier(
    BrokerIdentity identity,
    TransactionCoordinator local,
    CoordinatorWhereabouts whereabouts,
    PeerClients peers,
    string listenerName,
    short? version)
{
    /// <summary>The coordinator's word on each partition, in their order.</summary>
    public async ValueTask<ErrorCode[]> VerifyAsync(ProducerIdentity producer, IReadOnlyList<TopicPartition> partitions)
    {
        if (version is not { } known)
        {
            return new ErrorCode[partitions.Count];
        }

        if (whereabouts.Find(CoordinatorKind.Transaction, producer.TransactionalId, listenerName) is not var (coordinator, _))
        {
            return [.. partitions.Select(_ => ErrorCode.CoordinatorNotAvailable)];
        }

        var results = coordinator == identity.BrokerId.Value
            ? await local.VerifyPartitionsAsync(producer, partitions)
            : await AskAsync(coordinator, producer, partitions, known);
        return [.. results.Select(error => error == ErrorCode.ProducerFenced ? ErrorCode.InvalidProducerEpoch : error)];
    }

    private async Task<ErrorCode[]> AskAsync(
        int coordinator, ProducerIdentity producer, IReadOnlyList<TopicPartition> partitions, short known)
    {
        AddPartitionsToTxnResponse response;
        try
        {
            using var answer = await peers.Of(coordinator)
                .SendAsync<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>(RequestOf(producer, partitions), known);
            response = answer.Message;
        }
        catch (PeerUnreachableException)
        {
            return [.. partitions.Select(_ => ErrorCode.NetworkException)];
        }

        if (response.ErrorCode != ErrorCode.None)
        {
            // A broker that may not ask cannot verify anything.
            return [.. partitions.Select(_ => response.ErrorCode == ErrorCode.ClusterAuthorizationFailed
                ? ErrorCode.InvalidTxnState
                : response.ErrorCode)];
        }

        var results = new Dictionary<TopicPartition, ErrorCode>();
        foreach (var topic in response.ResultsByTransaction.SelectMany(transaction => transaction.TopicResults))
        {
            foreach (var partition in topic.ResultsByPartition)
            {
                results[new(topic.Name, partition.PartitionIndex)] = partition.PartitionErrorCode;
            }
        }

        return [.. partitions.Select(partition => results.GetValueOrDefault(partition, ErrorCode.UnknownServerError))];
    }

    private static AddPartitionsToTxnRequest RequestOf(ProducerIdentity producer, IReadOnlyList<TopicPartition> partitions) =>
        new()
        {
            Transactions =
            [
                new()
                {
                    TransactionalId = producer.TransactionalId,
                    ProducerId = producer.ProducerId,
                    ProducerEpoch = producer.ProducerEpoch,
                    VerifyOnly = true,
                    Topics =
                    [
                        .. partitions.GroupBy(partition => partition.Topic, StringComparer.Ordinal)
                            .Select(topic => new AddPartitionsToTxnRequest.AddPartitionsToTxnTopic
                            {
                                Name = topic.Key,
                                Partitions = [.. topic.Select(partition => partition.Partition)],
                            }),
                    ],
                },
            ],
        };
}
