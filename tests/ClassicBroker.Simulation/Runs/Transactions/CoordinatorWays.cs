using ClassicBroker.Metadata.Admin;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Simulation.Runs.Transactions;

/// <summary>
/// A client's way to one coordinator: looked up at any broker, kept until an answer says that it is another. Owned by the client.
/// Threading: the client loop.
/// </summary>
internal sealed class CoordinatorWays(SimulatedCluster cluster, SimulatedClients ways, string key, CoordinatorWays.Kind kind)
{
    private const short FindVersion = 3;
    private int? _coordinator;

    /// <summary>The key types of FindCoordinator.</summary>
    internal enum Kind : sbyte
    {
        Group = 0,
        Transaction = 1,
    }

    /// <summary>
    /// Does the one that was asked last lead the key's partition, as ZooKeeper has it? One that was deposed and has not heard of it tells what
    /// it knows, and Kafka's tells it, too.
    /// </summary>
    public bool IsCurrent => cluster.State(Partition).Leader == _coordinator;

    private TopicPartition Partition
    {
        get
        {
            var topic = kind == Kind.Transaction ? TopicName.TransactionState : TopicName.ConsumerOffsets;
            return new(topic, JavaHash.Abs(JavaHash.OfString(key)) % cluster.Assignment(topic).Partitions.Count);
        }
    }

    /// <summary>The coordinator's answer; null where none came, or where no coordinator is known.</summary>
    public async Task<TResponse?> AskAsync<TRequest, TResponse>(TRequest request, short version)
        where TRequest : class, IRequest<TRequest, TResponse>, new()
        where TResponse : class, IResponse, IMessage<TResponse>, new()
    {
        _coordinator ??= await FindAsync();
        if (_coordinator is not { } coordinator)
        {
            return null;
        }

        var answer = await ways.AskAsync<TRequest, TResponse>(coordinator, request, version);
        if (answer is null)
        {
            _coordinator = null;
        }

        return answer;
    }

    /// <summary>Looks for the coordinator again where an error says that it may be elsewhere.</summary>
    public void Note(ErrorCode error)
    {
        if (error is ErrorCode.NotCoordinator or ErrorCode.CoordinatorNotAvailable)
        {
            _coordinator = null;
        }
    }

    private async Task<int?> FindAsync()
    {
        var answer = await ways.AskAsync<FindCoordinatorRequest, FindCoordinatorResponse>(
            cluster.Random.Next(cluster.Brokers.Count), new() { Key = key, KeyType = (sbyte)kind }, FindVersion);
        return answer is { ErrorCode: ErrorCode.None } ? answer.NodeId : null;
    }
}
