using ClassicBroker.Client.Cluster;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Transport;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Client.Tests;

/// <summary>
/// A cluster made by hand, behind the clients' seam to the network: requests are handed to functions by type, on the client's loop.
/// Threading: the test's thread.
/// </summary>
internal sealed class FakeCluster : IBrokerConnector
{
    private const string Host = "broker";

    private readonly Dictionary<Type, Func<int, IRequest, Task<object>>> _handlers = [];
    private readonly SortedDictionary<int, BrokerAddress> _brokers = [];
    private readonly SortedDictionary<string, FakeTopic> _topics = new(StringComparer.Ordinal);

    public FakeCluster(int brokers = 1)
    {
        Time = new ManualTime();
        Loop = Time.CreateLoop("client");
        for (var id = 0; id < brokers; id++)
        {
            _brokers.Add(id, new BrokerAddress(Host, 9092 + id));
        }

        Handle<MetadataRequest, MetadataResponse>((_, request) => Metadata(request));
        Handle<InitProducerIdRequest, InitProducerIdResponse>((_, _) => new InitProducerIdResponse { ProducerId = 1000, ProducerEpoch = 0 });
        Network = new ClientNetwork(this, Loop, new SeededRandomSource(7));
    }

    public ManualTime Time { get; }

    public ManualEventLoop Loop { get; }

    public ClientNetwork Network { get; }

    /// <summary>What all brokers say their host is, where it is not the one they are reached by.</summary>
    public string? AdvertisedHost { get; set; }

    /// <summary>Brokers that refuse connections.</summary>
    public HashSet<int> Down { get; } = [];

    public int ControllerId { get; set; }

    /// <summary>What all brokers say they speak.</summary>
    public IReadOnlyList<ApiVersionRange> Versions { get; set; } = BrokerApiVersions.Unlimited.All;

    /// <summary>Names of the requests that came, with the broker they came to.</summary>
    public List<(int Broker, IRequest Request)> Requests { get; } = [];

    /// <summary>The highest version that each of them might be sent in.</summary>
    public List<short> MaxVersions { get; } = [];

    /// <summary>Connections made so far.</summary>
    public int Connects { get; private set; }

    /// <summary>How long each of them might take.</summary>
    public List<TimeSpan> SetupTimeouts { get; } = [];

    public string Bootstrap => string.Join(',', _brokers.Values);

    public FakeTopic AddTopic(string name, params int[] leaders)
    {
        var topic = new FakeTopic(name, leaders);
        _topics.Add(name, topic);
        return topic;
    }

    public FakeTopic TopicOf(string name) => _topics[name];

    public void Handle<TRequest, TResponse>(Func<int, TRequest, TResponse> handler)
        where TRequest : IRequest
        where TResponse : notnull =>
        _handlers[typeof(TRequest)] = (broker, request) => Task.FromResult<object>(handler(broker, (TRequest)request));

    public void HandleAsync<TRequest, TResponse>(Func<int, TRequest, Task<TResponse>> handler)
        where TRequest : IRequest
        where TResponse : notnull =>
        _handlers[typeof(TRequest)] = async (broker, request) => await handler(broker, (TRequest)request);

    /// <summary>What handles requests of a type now, for a handler that stands before it.</summary>
    public Func<int, TRequest, Task<TResponse>> Handler<TRequest, TResponse>()
        where TRequest : IRequest
    {
        var handler = _handlers[typeof(TRequest)];
        return async (broker, request) => (TResponse)await handler(broker, request);
    }

    public int LeaderOf(TopicPartition partition) => _topics[partition.Topic].Leaders[partition.Partition];

    public ClusterClient NewClient(ClientConfig? config = null) =>
        new(config ?? new AdminConfig { BootstrapServers = Bootstrap }, Loop, this, Network.Random, NullLogger.Instance);

    void IBrokerConnector.Prepare(ClientConfig config)
    {
    }

    Task<IBrokerConnection> IBrokerConnector.ConnectAsync(BrokerAddress address, ClientConfig config)
    {
        var id = _brokers.FirstOrDefault(broker => broker.Value == address, new(-1, default)).Key;
        Connects++;
        SetupTimeouts.Add(config.ConnectionSetupTimeout);
        return id < 0 || Down.Contains(id)
            ? Task.FromException<IBrokerConnection>(new BrokerUnavailableException(
                address.ToString(), Reason(address), new ConnectException(
                    address.Host == Host ? ConnectFailure.Refused : ConnectFailure.Unresolvable, address.Host, address.Port, Reason(address))))
            : Task.FromResult<IBrokerConnection>(new Connection(this, id));
    }

    private static string Reason(BrokerAddress address) => address.Host == Host ? "connection refused" : "the name is not known";

    public MetadataResponse Metadata(MetadataRequest request)
    {
        var names = request.Topics?.Select(topic => topic.Name!) ?? _topics.Keys;
        return new MetadataResponse
        {
            ClusterId = "fake",
            ControllerId = ControllerId,
            Brokers = _brokers
                .Where(broker => !Down.Contains(broker.Key))
                .Select(broker => new MetadataResponse.MetadataResponseBroker { NodeId = broker.Key, Host = AdvertisedHost ?? broker.Value.Host, Port = broker.Value.Port })
                .ToArray(),
            Topics = names.Select(Describe).ToArray(),
        };
    }

    private MetadataResponse.MetadataResponseTopic Describe(string name) =>
        _topics.TryGetValue(name, out var topic)
            ? topic.Describe()
            : new MetadataResponse.MetadataResponseTopic { Name = name, ErrorCode = ErrorCode.UnknownTopicOrPartition };

    private sealed class Connection(FakeCluster cluster, int broker) : IBrokerConnection
    {
        public bool IsOpen { get; private set; } = true;

        public IReadOnlyList<ApiVersionRange> Versions => cluster.Versions;

        public async Task<RpcResponse<TResponse>> SendAsync<TRequest, TResponse>(TRequest request, TimeSpan timeout, short maxVersion)
            where TRequest : class, IRequest<TRequest, TResponse>, new()
            where TResponse : class, IResponse, IMessage<TResponse>, new()
        {
            cluster.Requests.Add((broker, request));
            cluster.MaxVersions.Add(maxVersion);
            if (cluster.Down.Contains(broker))
            {
                IsOpen = false;
                throw new BrokerUnavailableException($"broker:{9092 + broker}", "the connection broke");
            }

            return new RpcResponse<TResponse>((TResponse)await cluster._handlers[typeof(TRequest)](broker, request), null);
        }

        public void Close() => IsOpen = false;
    }
}
