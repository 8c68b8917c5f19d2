using ClassicBroker.Conformance.Tests.Recordings;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Server.Tests.InProcess;

namespace ClassicBroker.Conformance.Tests.Wire;

/// <summary>
/// A broker in memory that is asked what a recorded Kafka was asked. Ids that Kafka handed out are replaced by those this broker hands out
/// for the same thing; time passes only while an answer is awaited. Threading: one test.
/// </summary>
internal sealed class ReplayedBroker
{
    private const long Budget = 1 << 26;
    private const int AnswerStepMs = 50;
    private const int AnswerStepsMax = 1_200;

    private readonly InProcessBroker _broker;
    private BrokerClient _client;

    public ReplayedBroker(params string[] properties)
    {
        _broker = new(properties);
        _client = _broker.Connect();
    }

    public BrokerClient Client => _client.IsOpen ? _client : _client = _broker.Connect();

    /// <summary>A connection that speaks for a principal.</summary>
    public BrokerClient ConnectAs(KafkaPrincipal principal)
    {
        var client = _broker.Connect();
        ((ClientConnection)client.Channel.Attachment!).Authenticate(principal);
        return client;
    }

    /// <summary>The names of the topics there are now.</summary>
    public IReadOnlySet<string> Topics => Cluster().Topics.Select(topic => topic.Name!).ToHashSet(StringComparer.Ordinal);

    /// <summary>Lets time pass.</summary>
    public void Advance(int milliseconds) => _broker.Time.AdvanceMs(milliseconds);

    public long NowMs => _broker.Time.GetUtcNow().ToUnixTimeMilliseconds();

    public MetadataResponse Cluster() => Cluster(Client);

    public MetadataResponse Cluster(BrokerClient client) => client.Ask<MetadataRequest, MetadataResponse>(new() { Topics = null }, 12);

    /// <summary>The decoded answer; null where the connection was closed or nothing came.</summary>
    public IResponse? Ask(ApiDescriptor api, short version, IRequest request)
    {
        return Ask(Client, api, version, request);
    }

    /// <inheritdoc cref="Ask(ApiDescriptor, short, IRequest)"/>
    public IResponse? Ask(BrokerClient client, ApiDescriptor api, short version, IRequest request)
    {
        client.Send(request, version);
        for (var step = 0; step < AnswerStepsMax && client.IsOpen; step++)
        {
            if (client.TakeFrame() is { } frame)
            {
                return Decode(api, version, frame);
            }

            _broker.Time.Advance(TimeSpan.FromMilliseconds(AnswerStepMs));
        }

        return client.TakeFrame() is { } last ? Decode(api, version, last) : null;
    }

    public static IRequest DecodeRequest(ApiDescriptor api, short version, RecordedExchange exchange)
    {
        var reader = new ProtocolReader(exchange.Request.ToArray(), Budget);
        new RequestHeader().Read(ref reader, api.RequestHeaderVersion(version));
        var request = api.NewRequest();
        request.Read(ref reader, version);
        return request;
    }

    public static IResponse Decode(ApiDescriptor api, short version, byte[] frame)
    {
        var reader = new ProtocolReader(frame, Budget);
        new ResponseHeader().Read(ref reader, api.ResponseHeaderVersion(version));
        var response = api.NewResponse();
        response.Read(ref reader, version);
        return response;
    }
}
