using ClassicBroker.Controller.State;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Controller.Events;

/// <summary>Moves leaderships off a broker that is about to stop. Threading: the controller's loop, within its events.</summary>
internal sealed class ControlledShutdowns(EventScope scope)
{
    private const long UnknownEpoch = -1;

    private readonly ControllerContext _context = scope.Context;

    public async Task<ControlledShutdownResponse> ShutDownAsync(ControlledShutdownRequest request)
    {
        var id = request.BrokerId;
        if (_context.Broker(id) is not { } broker)
        {
            // As Kafka has it: where an epoch is to be compared, it trips over the broker that is not there.
            return new() { ErrorCode = request.BrokerEpoch == UnknownEpoch ? ErrorCode.BrokerNotAvailable : ErrorCode.UnknownServerError };
        }

        if (request.BrokerEpoch != UnknownEpoch && request.BrokerEpoch < broker.Epoch)
        {
            return new() { ErrorCode = ErrorCode.StaleBrokerEpoch };
        }

        scope.Logger.LogInformation("Shutting down broker {BrokerId}", id);
        _context.ShuttingDownBrokerIds.Add(id);
        TopicPartition[] movable =
        [
            .. _context.PartitionsOn(id).Where(partition => _context.Replicas(partition).Count > 1
                && _context.LeadershipOf(partition) is not null
                && !_context.IsQueuedForDeletion(partition.Topic)),
        ];
        TopicPartition[] followed = [.. movable.Where(partition => !Leads(id, partition))];
        await scope.Partitions.BringOnlineAsync([.. movable.Except(followed)], ElectionStrategy.ControlledShutdown);

        // What it only follows it stops now, so that it leaves the ISR by our hand and not by its lag.
        var batch = scope.Requests.NewBatch();
        foreach (var partition in followed)
        {
            batch.AddStopReplica(id, partition, deletePartition: false);
        }

        batch.Send();
        await scope.Replicas.MoveAsync(
            [.. followed.Select(partition => new PartitionAndReplica(partition, id))], ReplicaStatus.OfflineReplica);
        return new()
        {
            RemainingPartitions =
            [
                .. movable.Where(partition => Leads(id, partition)).Select(partition => new ControlledShutdownResponse.RemainingPartition
                {
                    TopicName = partition.Topic,
                    PartitionIndex = partition.Partition,
                }),
            ],
        };
    }

    private bool Leads(int broker, TopicPartition partition) => _context.LeadershipOf(partition)!.LeaderAndIsr.Leader == broker;
}
