using System.Text;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Rpc;
using ClassicBroker.Simulation.Tests.Clusters;

namespace ClassicBroker.Simulation.Tests.Runs;

/// <summary>
/// Sends records one by one with <c>acks=all</c> to whom it believes to lead, and keeps what became of each. Threading: the client loop.
/// </summary>
internal sealed class SimulatedProducer
{
    private const short Version = 9;

    private readonly SimulatedCluster _cluster;
    private readonly int _number;
    private readonly IReadOnlyList<TopicPartition> _partitions;
    private readonly InterBrokerClient[] _clients;
    private readonly List<SentRecord> _sent = [];
    private int _nextValue;
    private bool _isStopped;

    public SimulatedProducer(SimulatedCluster cluster, int number, IReadOnlyList<TopicPartition> partitions)
    {
        (_cluster, _number, _partitions) = (cluster, number, partitions);
        _clients =
        [
            .. cluster.Brokers.Select(broker => new InterBrokerClient(new InterBrokerClientOptions
            {
                Transport = cluster.ClientTransport,
                Loop = cluster.ClientLoop,
                PeerName = broker.Host,
                Target = () => new RpcConnectionOptions { Host = broker.Host, Port = 9092, ClientId = $"producer-{number}", ConnectTimeout = TimeSpan.FromSeconds(1) },
                RequestTimeout = TimeSpan.FromSeconds(3),
            })),
        ];
    }

    /// <summary>All it sent, in order; complete once <see cref="Completion"/> has ended.</summary>
    public IReadOnlyList<SentRecord> Sent => _sent;

    public Task Completion { get; private set; } = Task.CompletedTask;

    public void Start() => Completion = _cluster.ClientLoop.InvokeAsync(RunAsync);

    public void Stop() => _isStopped = true;

    private async Task RunAsync()
    {
        while (!_isStopped)
        {
            var partition = _partitions[_cluster.Random.Next(_partitions.Count)];
            var leader = _cluster.LeaderOf(partition);
            if (leader >= 0)
            {
                await SendAsync(partition, leader);
            }

            await _cluster.ClientLoop.DelayAsync(TimeSpan.FromMilliseconds(1 + _cluster.Random.Next(leader >= 0 ? 20 : 200)));
        }

        foreach (var client in _clients)
        {
            client.Dispose();
        }
    }

    private async Task SendAsync(TopicPartition partition, int leader)
    {
        var value = $"{_number}:{_nextValue++}";
        try
        {
            using var response = await _clients[leader].SendAsync<ProduceRequest, ProduceResponse>(Request(partition, value), Version);
            var answer = response.Message.Responses[0].PartitionResponses[0];
            _sent.Add(new SentRecord(partition, value, OutcomeOf(answer.ErrorCode), answer.BaseOffset));
        }
        catch (PeerUnreachableException)
        {
            _sent.Add(new SentRecord(partition, value, SendOutcome.Unknown, -1));
        }
    }

    private static SendOutcome OutcomeOf(ErrorCode error) => error switch
    {
        ErrorCode.None => SendOutcome.Acknowledged,

        // This one is said before anything is appended; the others may follow an append.
        ErrorCode.NotEnoughReplicas => SendOutcome.Refused,
        _ => SendOutcome.Unknown,
    };

    private static ProduceRequest Request(TopicPartition partition, string value)
    {
        using var builder = new RecordBatchBuilder();
        builder.Append(1_000, null, Encoding.UTF8.GetBytes(value));
        return new ProduceRequest
        {
            Acks = -1,
            TimeoutMs = 2_000,
            TopicData =
            [
                new()
                {
                    Name = partition.Topic,
                    PartitionData = [new() { Index = partition.Partition, Records = builder.Build().ToArray() }],
                },
            ],
        };
    }
}
