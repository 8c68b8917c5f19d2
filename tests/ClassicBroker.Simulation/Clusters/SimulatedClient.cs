using System.Text;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Rpc;

namespace ClassicBroker.Simulation.Clusters;

/// <summary>A client of one broker: real frames over the simulated network. Threading: the test's thread.</summary>
internal sealed class SimulatedClient
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly SimulatedCluster _cluster;
    private readonly RpcConnection _connection;

    public SimulatedClient(SimulatedCluster cluster, int brokerId)
    {
        _cluster = cluster;
        _connection = cluster.Await(cluster.ClientLoop.InvokeAsync(() => RpcConnection.ConnectAsync(
            cluster.ClientTransport,
            new RpcConnectionOptions { Host = $"broker-{brokerId}", Port = 9092, ClientId = "test" })));
    }

    public TResponse Ask<TRequest, TResponse>(TRequest request, short maxVersion = short.MaxValue)
        where TRequest : class, IRequest<TRequest, TResponse>, new()
        where TResponse : class, IResponse, IMessage<TResponse>, new() =>
        _cluster.Await(AskAsync<TRequest, TResponse>(request, maxVersion), $"the answer to {request.Api}");

    public Task<TResponse> AskAsync<TRequest, TResponse>(TRequest request, short maxVersion = short.MaxValue)
        where TRequest : class, IRequest<TRequest, TResponse>, new()
        where TResponse : class, IResponse, IMessage<TResponse>, new() =>
        AskAsync<TRequest, TResponse, TResponse>(request, maxVersion, response => response);

    /// <param name="request">What is asked.</param>
    /// <param name="maxVersion">In this version at most.</param>
    /// <param name="take">Takes out of the answer what is wanted; the buffer its records lie in is given back behind that.</param>
    private Task<T> AskAsync<TRequest, TResponse, T>(TRequest request, short maxVersion, Func<TResponse, T> take)
        where TRequest : class, IRequest<TRequest, TResponse>, new()
        where TResponse : class, IResponse, IMessage<TResponse>, new() =>
        _cluster.ClientLoop.InvokeAsync(async () =>
        {
            using var response = await _connection.SendAsync<TRequest, TResponse>(request, Timeout, maxVersion);
            return take(response.Message);
        });

    public void Close() => _connection.Close();

    public void CreateTopic(string name, int partitions, int replicas, params (string Name, string Value)[] configs)
    {
        var response = Ask<CreateTopicsRequest, CreateTopicsResponse>(new()
        {
            TimeoutMs = 30_000,
            Topics =
            [
                new()
                {
                    Name = name,
                    NumPartitions = partitions,
                    ReplicationFactor = (short)replicas,
                    Configs = [.. configs.Select(config => new CreateTopicsRequest.CreatableTopicConfig { Name = config.Name, Value = config.Value })],
                },
            ],
        });
        if (response.Topics[0].ErrorCode != ErrorCode.None)
        {
            throw new InvalidOperationException($"{name} was not created: {response.Topics[0].ErrorCode}, {response.Topics[0].ErrorMessage}");
        }
    }

    public ProduceResponse.PartitionProduceResponse Produce(TopicPartition partition, short acks, params string[] values) =>
        _cluster.Await(ProduceAsync(partition, acks, values), $"the answer to a produce to {partition}");

    /// <summary>As a producer of 0.8: version 0, records in format 0.</summary>
    public ProduceResponse.PartitionProduceResponse ProduceAs08(TopicPartition partition, short acks, string value)
    {
        using var builder = new LegacyMessageSetBuilder(RecordFormat.MagicV0);
        builder.AppendAt(0, RecordFormat.NoTimestamp, null, Encoding.UTF8.GetBytes(value));
        return _cluster.Await(ProduceAsync(partition, acks, builder.Build().ToArray(), maxVersion: 0), $"the answer to a produce to {partition}");
    }

    public Task<ProduceResponse.PartitionProduceResponse> ProduceAsync(TopicPartition partition, short acks, params string[] values) =>
        ProduceAsync(partition, acks, Batch(values), maxVersion: 9);

    private async Task<ProduceResponse.PartitionProduceResponse> ProduceAsync(
        TopicPartition partition, short acks, byte[] records, short maxVersion)
    {
        var request = new ProduceRequest
        {
            Acks = acks,
            TimeoutMs = 20_000,
            TopicData = [new() { Name = partition.Topic, PartitionData = [new() { Index = partition.Partition, Records = records }] }],
        };
        return (await AskAsync<ProduceRequest, ProduceResponse>(request, maxVersion)).Responses[0].PartitionResponses[0];
    }

    /// <summary>What a consumer reads from an offset on, by one fetch.</summary>
    public (ErrorCode Error, IReadOnlyList<string> Values) Fetch(TopicPartition partition, long offset) =>
        _cluster.Await(FetchAsync(partition, offset), $"the answer to a fetch of {partition}");

    /// <summary>What a consumer reads from an offset on, by as many fetches as that takes.</summary>
    public (ErrorCode Error, IReadOnlyList<string> Values) FetchAll(TopicPartition partition, long offset) =>
        _cluster.Await(
            _cluster.ClientLoop.InvokeAsync(async () =>
            {
                var all = new List<string>();
                while (true)
                {
                    var (error, values) = await FetchAsync(partition, offset + all.Count);
                    if (error != ErrorCode.None || values.Count == 0)
                    {
                        return (error, (IReadOnlyList<string>)all);
                    }

                    all.AddRange(values);
                }
            }),
            $"the answers to fetches of {partition}");

    private async Task<(ErrorCode Error, IReadOnlyList<string> Values)> FetchAsync(TopicPartition partition, long offset)
    {
        var request = new FetchRequest
        {
            MaxWaitMs = 0,
            MaxBytes = 1 << 20,
            SessionEpoch = -1,
            Topics =
            [
                new()
                {
                    Topic = partition.Topic,
                    Partitions = [new() { Partition = partition.Partition, FetchOffset = offset, PartitionMaxBytes = 1 << 20 }],
                },
            ],
        };
        return await AskAsync<FetchRequest, FetchResponse, (ErrorCode, IReadOnlyList<string>)>(request, maxVersion: 10, response =>
        {
            var answer = response.Responses[0].Partitions[0];
            return (answer.ErrorCode, Values(answer.Records.Memory.Span));
        });
    }

    public static IReadOnlyList<string> Values(ReadOnlySpan<byte> records)
    {
        var values = new List<string>();
        foreach (var batch in new BatchIterator(records))
        {
            using var reader = RecordReader.Open(records.Slice((int)batch.Position, batch.SizeInBytes));
            while (reader.MoveNext())
            {
                values.Add(Encoding.UTF8.GetString(reader.Current.Value.Span));
            }
        }

        return values;
    }

    private static byte[] Batch(string[] values)
    {
        using var builder = new RecordBatchBuilder();
        foreach (var value in values)
        {
            builder.Append(1_000, null, Encoding.UTF8.GetBytes(value));
        }

        return builder.Build().ToArray();
    }
}
