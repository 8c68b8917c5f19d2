using System.Buffers.Binary;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Testing.Channels;

namespace ClassicBroker.Server.Tests.InProcess;

/// <summary>A client of an <see cref="InProcessBroker"/>: real frames over an embedded channel.</summary>
internal sealed class BrokerClient(EmbeddedChannel channel, string clientId)
{
    private const int LengthFieldSize = 4;

    private int _correlationId;

    public bool IsOpen => channel.Open;

    public EmbeddedChannel Channel => channel;

    /// <summary>Sends and returns the answer, which must have come without time passing.</summary>
    public TResponse Ask<TRequest, TResponse>(TRequest request, short version)
        where TRequest : class, IRequest<TRequest, TResponse>, new()
        where TResponse : class, IResponse, IMessage<TResponse>, new()
    {
        Send(request, version);
        return Answer<TResponse>(version) ?? throw new InvalidOperationException($"{request.Api} was not answered.");
    }

    public void Send(IRequest request, short version)
    {
        var header = new RequestHeader
        {
            RequestApiKey = (short)request.Api.Key,
            RequestApiVersion = version,
            CorrelationId = ++_correlationId,
            ClientId = clientId,
        };
        var headerVersion = request.Api.RequestHeaderVersion(version);
        var content = new byte[header.Size(headerVersion) + request.Size(version)];
        var writer = new ProtocolWriter(content);
        header.Write(ref writer, headerVersion);
        request.Write(ref writer, version);
        SendFrame(content);
    }

    public void SendFrame(byte[] content)
    {
        var frame = new byte[LengthFieldSize + content.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, content.Length);
        content.CopyTo(frame, LengthFieldSize);
        channel.WriteInbound(frame);
    }

    /// <summary>The next answer; null where none has come.</summary>
    public TResponse? Answer<TResponse>(short version)
        where TResponse : class, IResponse, new()
    {
        if (TakeFrame() is not { } frame)
        {
            return null;
        }

        var reader = new ProtocolReader(frame, 1 << 26);
        var body = new TResponse();
        var header = new ResponseHeader();
        header.Read(ref reader, body.Api.ResponseHeaderVersion(version));
        body.Read(ref reader, version);
        Assert.Equal(0, reader.Remaining);
        Assert.Equal(_correlationId, header.CorrelationId);
        return body;
    }

    public byte[]? TakeFrame()
    {
        var bytes = channel.TakeOutbound();
        return bytes.Length == 0 ? null : bytes[LengthFieldSize..(LengthFieldSize + BinaryPrimitives.ReadInt32BigEndian(bytes))];
    }

    public void CreateTopic(string name, int partitions = 1, params (string Name, string Value)[] configs)
    {
        var response = Ask<CreateTopicsRequest, CreateTopicsResponse>(
            new()
            {
                Topics =
                [
                    new()
                    {
                        Name = name,
                        NumPartitions = partitions,
                        ReplicationFactor = 1,
                        Configs =
                        [
                            .. configs.Select(
                                config => new CreateTopicsRequest.CreatableTopicConfig { Name = config.Name, Value = config.Value })
                        ],
                    },
                ],
            },
            5);
        Assert.Equal((ErrorCode.None, null), (response.Topics[0].ErrorCode, response.Topics[0].ErrorMessage));
    }

    /// <summary>Appends values to a partition; the answer for it.</summary>
    public ProduceResponse.PartitionProduceResponse Produce(string topic, int partition, short acks, params string[] values) =>
        ProduceRaw(topic, partition, acks, 7, Batch(values));

    public ProduceResponse.PartitionProduceResponse ProduceRaw(string topic, int partition, short acks, short version, byte[]? records) =>
        Ask<ProduceRequest, ProduceResponse>(ProduceRequestOf(topic, partition, acks, records), version).Responses[0].PartitionResponses[0];

    public static ProduceRequest ProduceRequestOf(string topic, int partition, short acks, byte[]? records) =>
        new()
        {
            Acks = acks,
            TimeoutMs = 1000,
            TopicData =
            [
                new()
                {
                    Name = topic,
                    PartitionData =
                    [
                        new() { Index = partition, Records = records is null ? RecordsPayload.Null : new RecordsPayload(records) }
                    ],
                },
            ],
        };

    public FetchResponse Fetch(string topic, int partition, long offset, short version = 11, int maxWaitMs = 0, int maxBytes = 1 << 20) =>
        Ask<FetchRequest, FetchResponse>(FetchRequestOf(topic, partition, offset, maxWaitMs, maxBytes), version);

    public static FetchRequest FetchRequestOf(string topic, int partition, long offset, int maxWaitMs = 0, int maxBytes = 1 << 20) =>
        new()
        {
            MaxWaitMs = maxWaitMs,
            MinBytes = 1,
            MaxBytes = maxBytes,
            SessionEpoch = -1,
            Topics =
            [
                new() { Topic = topic, Partitions =
                [
                    new() { Partition = partition, FetchOffset = offset, PartitionMaxBytes = maxBytes }
                ] }
            ],
        };

    public static byte[] Batch(params string[] values)
    {
        using var builder = new RecordBatchBuilder();
        foreach (var value in values)
        {
            builder.Append(1_000, null, System.Text.Encoding.UTF8.GetBytes(value));
        }

        return builder.Build().ToArray();
    }

    /// <summary>A message set of format 0.</summary>
    public static byte[] OldMessages(params string[] values)
    {
        using var builder = new LegacyMessageSetBuilder(RecordFormat.MagicV0);
        for (var i = 0; i < values.Length; i++)
        {
            builder.AppendAt(i, RecordFormat.NoTimestamp, null, System.Text.Encoding.UTF8.GetBytes(values[i]));
        }

        return builder.Build().ToArray();
    }

    public static List<string> Values(RecordsPayload records)
    {
        var values = new List<string>();
        foreach (var batch in new BatchIterator(records.Memory.Span))
        {
            using var reader = RecordReader.Open(records.Memory.Span.Slice((int)batch.Position, batch.SizeInBytes));
            while (reader.MoveNext())
            {
                values.Add(System.Text.Encoding.UTF8.GetString(reader.Current.Value.Span));
            }
        }

        return values;
    }
}
