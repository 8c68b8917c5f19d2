using ClassicBroker.Protocol;
using ClassicBroker.Testing.Network;

namespace ClassicBroker.Simulation.Ports;

/// <summary>
/// Changes requests and responses on their way, to stand for a sender or a receiver that has them wrong. Owned by the planted bug that
/// uses it, one a run. Threading: the run's thread.
/// </summary>
internal sealed class FrameRewriting
{
    private readonly SortedDictionary<ApiKey, Action<IRequest>> _requests = [];
    private readonly SortedDictionary<ApiKey, Action<IResponse>> _responses = [];
    private readonly SortedDictionary<ApiKey, Action<IRequest, IResponse>> _exchanges = [];
    private readonly SortedDictionary<ApiKey, Func<IRequest, LateRequest?>> _late = [];
    private readonly HashSet<int> _lateSent = [];
    private readonly Dictionary<(long Connection, int CorrelationId), (ApiDescriptor Api, short Version, IRequest? Request)> _pending = [];

    /// <summary>Of the next late request: never one that was used before, nor one that the sender of the others uses.</summary>
    private int _nextLateId = int.MinValue;

    /// <summary>The host that is asked, or answers, what is being changed.</summary>
    public string Broker { get; set; } = "";

    /// <summary>The version of the request that is being changed.</summary>
    public short Version { get; private set; }

    /// <summary>Has requests of a kind changed.</summary>
    public FrameRewriting Of<TRequest>(ApiKey api, Action<TRequest> change)
        where TRequest : IRequest
    {
        _requests[api] = request => change((TRequest)request);
        return this;
    }

    /// <summary>Has responses of a kind changed.</summary>
    public FrameRewriting Answering<TResponse>(ApiKey api, Action<TResponse> change)
        where TResponse : IResponse
    {
        _responses[api] = response => change((TResponse)response);
        return this;
    }

    /// <summary>Has responses of a kind changed, by what they answer.</summary>
    public FrameRewriting Exchange<TRequest, TResponse>(ApiKey api, Action<TRequest, TResponse> change)
        where TRequest : IRequest
        where TResponse : IResponse
    {
        _exchanges[api] = (request, response) => change((TRequest)request, (TResponse)response);
        return this;
    }

    /// <summary>Delivers a late request behind one of this kind and drops its answer.</summary>
    public FrameRewriting Behind<TRequest>(ApiKey api, Func<TRequest, LateRequest?> late)
        where TRequest : IRequest
    {
        _late[api] = request => late((TRequest)request);
        return this;
    }

    public ITrafficFilter For(TrafficEnd end) => new FrameFilter(end, this);

    /// <summary>A request as it goes on, and what arrives behind it.</summary>
    public IReadOnlyList<byte[]> Request(long connection, byte[] frame)
    {
        var reader = new ProtocolReader(frame, frame.Length + (1 << 20));
        var (key, version, correlationId) = (reader.ReadInt16(), reader.ReadInt16(), reader.ReadInt32());
        if (!ApiCatalog.TryGet(key, out var api) || !api.Supports(version))
        {
            return [frame];
        }

        var isExchange = _exchanges.ContainsKey(api.Key);
        if (_responses.ContainsKey(api.Key))
        {
            _pending[(connection, correlationId)] = (api, version, null);
        }

        var late = _late.GetValueOrDefault(api.Key);
        if (!_requests.TryGetValue(api.Key, out var change) && !isExchange && late is null)
        {
            return [frame];
        }

        reader = new ProtocolReader(frame, frame.Length + (1 << 20));
        var header = new Protocol.Messages.RequestHeader();
        header.Read(ref reader, api.RequestHeaderVersion(version));
        var head = reader.Position;
        var request = api.NewRequest();
        request.Read(ref reader, version);
        if (isExchange)
        {
            _pending[(connection, correlationId)] = (api, version, request);
        }

        Version = version;
        change?.Invoke(request);
        var changed = Written(frame.AsSpan(0, head), request, version);
        return late?.Invoke(request) is { } behind ? [changed, Written(behind)] : [changed];
    }

    /// <summary>A response as it goes on; null where none waits for it.</summary>
    public byte[]? Response(long connection, byte[] frame)
    {
        var reader = new ProtocolReader(frame, frame.Length + (1 << 20));
        var correlationId = reader.ReadInt32();
        if (_lateSent.Remove(correlationId))
        {
            return null;
        }

        if (!_pending.Remove((connection, correlationId), out var asked))
        {
            return frame;
        }

        reader = new ProtocolReader(frame, frame.Length + (1 << 20));
        var header = new Protocol.Messages.ResponseHeader();
        header.Read(ref reader, asked.Api.ResponseHeaderVersion(asked.Version));
        var head = reader.Position;
        var response = asked.Api.NewResponse();
        response.Read(ref reader, asked.Version);
        if (_responses.TryGetValue(asked.Api.Key, out var change))
        {
            change(response);
        }

        if (asked.Request is { } request)
        {
            _exchanges[asked.Api.Key](request, response);
        }

        return Written(frame.AsSpan(0, head), response, asked.Version);
    }

    private byte[] Written(LateRequest late)
    {
        var api = late.Request.Api;
        var correlationId = _nextLateId++;
        _lateSent.Add(correlationId);
        var header = new Protocol.Messages.RequestHeader
        {
            RequestApiKey = (short)api.Key,
            RequestApiVersion = late.Version,
            CorrelationId = correlationId,
            ClientId = "late",
        };
        return Written(Written([], header, api.RequestHeaderVersion(late.Version)), late.Request, late.Version);
    }

    private static byte[] Written(ReadOnlySpan<byte> head, IMessage message, short version)
    {
        var size = message.Size(version);
        var frame = new byte[head.Length + size + RecordsLength(message)];
        head.CopyTo(frame);
        var writer = new ProtocolWriter(frame.AsSpan(head.Length));
        message.Write(ref writer, version);
        return frame[..(head.Length + writer.Position)];
    }

    // Whether the size of a message has its records in it does not matter here: there is room for both, and what is written counts.
    private static int RecordsLength(IMessage message) => message switch
    {
        Protocol.Messages.ProduceRequest produce => produce.TopicData.Sum(topic => topic.PartitionData.Sum(data => data.Records.Length)),
        Protocol.Messages.FetchResponse fetch => fetch.Responses.Sum(topic => topic.Partitions.Sum(data => data.Records.Length)),
        _ => 0,
    };

    /// <summary>A request that arrives late, as it was sent.</summary>
    internal sealed record LateRequest(IRequest Request, short Version);
}
