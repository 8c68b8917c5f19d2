using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Simulation.Runs;

/// <summary>A client's ways to all brokers of a cluster. Owned by the client. Threading: the client loop.</summary>
internal sealed class SimulatedClients : IDisposable
{
    /// <summary>The timestamp that asks ListOffsets for the end of a log.</summary>
    public const long LatestTimestamp = -1;

    private const short FetchVersion = 11;
    private const short ListOffsetsVersion = 5;
    private const int FetchBytesMax = 1 << 20;

    private static readonly TimeSpan UsualTimeout = TimeSpan.FromSeconds(3);

    private readonly InterBrokerClient[] _clients;

    public SimulatedClients(SimulatedCluster cluster, string clientId, TimeSpan? requestTimeout = null) =>
        _clients =
        [
            .. cluster.Brokers.Select(broker => new InterBrokerClient(new InterBrokerClientOptions
            {
                Transport = cluster.ClientTransport,
                Loop = cluster.ClientLoop,
                PeerName = broker.Host,
                Target = () => new RpcConnectionOptions
                {
                    Host = broker.Host, Port = 9092, ClientId = clientId, ConnectTimeout = TimeSpan.FromSeconds(1),
                },
                RequestTimeout = requestTimeout ?? UsualTimeout,
            })),
        ];

    /// <summary>The broker's answer; null where none came.</summary>
    public Task<TResponse?> AskAsync<TRequest, TResponse>(int brokerId, TRequest request, short version)
        where TRequest : class, IRequest<TRequest, TResponse>, new()
        where TResponse : class, IResponse, IMessage<TResponse>, new() =>
        AskAsync<TRequest, TResponse, TResponse>(brokerId, request, version, response => response);

    /// <param name="brokerId">Who is asked.</param>
    /// <param name="request">What.</param>
    /// <param name="version">In this version.</param>
    /// <param name="take">Takes out of the answer what is wanted; the buffer its records lie in is given back behind that.</param>
    private async Task<T?> AskAsync<TRequest, TResponse, T>(int brokerId, TRequest request, short version, Func<TResponse, T> take)
        where TRequest : class, IRequest<TRequest, TResponse>, new()
        where TResponse : class, IResponse, IMessage<TResponse>, new()
        where T : class
    {
        try
        {
            using var response = await _clients[brokerId].SendAsync<TRequest, TResponse>(request, version);
            return take(response.Message);
        }
        catch (PeerUnreachableException)
        {
            return null;
        }
    }

    /// <summary>What a leader answers to a fetch of one partition, outside of a session; null where no answer came.</summary>
    public Task<FetchResponse.PartitionData?> FetchAsync(
        TopicPartition partition, int leader, int leaderEpoch, long offset, int maxWaitMs, bool isCommitted = false)
    {
        var request = new FetchRequest
        {
            MaxWaitMs = maxWaitMs,
            MinBytes = 1,
            MaxBytes = FetchBytesMax,
            IsolationLevel = (sbyte)(isCommitted ? 1 : 0),
            SessionEpoch = -1,
            Topics =
            [
                new()
                {
                    Topic = partition.Topic,
                    Partitions =
                    [
                        new()
                        {
                            Partition = partition.Partition,
                            CurrentLeaderEpoch = leaderEpoch,
                            FetchOffset = offset,
                            PartitionMaxBytes = FetchBytesMax,
                        },
                    ],
                },
            ],
        };
        return AskAsync<FetchRequest, FetchResponse, FetchResponse.PartitionData>(leader, request, FetchVersion, response =>
        {
            var partition = response.Responses[0].Partitions[0];
            partition.Records = new(partition.Records.Memory.ToArray());
            return partition;
        });
    }

    /// <summary>What a broker answers to ListOffsets of one partition; null where no answer came.</summary>
    public async Task<ListOffsetsResponse.ListOffsetsPartitionResponse?> ListOffsetAsync(
        TopicPartition partition, int broker, int leaderEpoch, long timestamp, bool isCommitted = false)
    {
        var request = new ListOffsetsRequest
        {
            ReplicaId = -1,
            IsolationLevel = (sbyte)(isCommitted ? 1 : 0),
            Topics =
            [
                new()
                {
                    Name = partition.Topic,
                    Partitions = [new() { PartitionIndex = partition.Partition, CurrentLeaderEpoch = leaderEpoch, Timestamp = timestamp }],
                },
            ],
        };
        return (await AskAsync<ListOffsetsRequest, ListOffsetsResponse>(broker, request, ListOffsetsVersion))?.Topics[0].Partitions[0];
    }

    public void Dispose()
    {
        foreach (var client in _clients)
        {
            client.Dispose();
        }
    }
}
