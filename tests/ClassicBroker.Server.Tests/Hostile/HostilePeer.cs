using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Server.Tests.InProcess;

namespace ClassicBroker.Server.Tests.Hostile;

/// <summary>
/// Sends bent requests to a broker and judges what comes of each: a well-formed answer, a request that waits, or a closed connection; never
/// a handler's unforeseen failure, a broken invariant, or memory out of proportion.
/// </summary>
internal sealed class HostilePeer(InProcessBroker broker, ApiDescriptor api, short version)
{
    /// <summary>What answering a small request may allocate, its parsing included, the broker's own work for it too.</summary>
    private const long AllocatedMax = 4 * 1024 * 1024;

    private const int CorrelationId = 7;

    private BrokerClient? _client;

    /// <summary>Requests that were answered.</summary>
    public int Answered { get; private set; }

    /// <summary>Requests that cost their sender its connection.</summary>
    public int Closed { get; private set; }

    /// <summary>The bytes of a request after its length field: header, then body.</summary>
    public byte[] Encode(IRequest request, out int bodyStart)
    {
        var header = new RequestHeader
        {
            RequestApiKey = (short)api.Key,
            RequestApiVersion = version,
            CorrelationId = CorrelationId,
            ClientId = "hostile",
        };
        var headerVersion = api.RequestHeaderVersion(version);
        bodyStart = header.Size(headerVersion);
        var content = new byte[bodyStart + request.Size(version)];
        var writer = new ProtocolWriter(content);
        header.Write(ref writer, headerVersion);
        request.Write(ref writer, version);
        return content;
    }

    public void Send(byte[] content, string cause)
    {
        if (IsHonestGrowth(content))
        {
            return;
        }

        _client ??= broker.Connect("hostile");
        var before = GC.GetAllocatedBytesForCurrentThread();
        _client.SendFrame(content);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated <= AllocatedMax, $"{api} version {version}, {cause}: {allocated} bytes allocated for {content.Length}");
        Assert.True(broker.Halted is null, $"{api} version {version}, {cause}: the broker gave up");
        var failures = broker.Log.Lines.Where(line => line.StartsWith("Error: Unexpected failure", StringComparison.Ordinal)).ToList();
        Assert.True(failures.Count == 0, $"{api} version {version}, {cause}: {string.Join("; ", failures)}");
        broker.Log.Lines.Clear();
        Judge(_client, cause);
    }

    /// <summary>
    /// A count bent beside a length bent below zero, which is null, asks for tens of thousands of partitions: who may do that gets them.
    /// </summary>
    private bool IsHonestGrowth(byte[] content)
    {
        if (api.Key != ApiKey.CreatePartitions)
        {
            return false;
        }

        try
        {
            var reader = new ProtocolReader(content.ToArray());
            new RequestHeader().Read(ref reader, api.RequestHeaderVersion(version));
            var request = new CreatePartitionsRequest();
            request.Read(ref reader, version);
            return request.Topics.Any(topic => topic is { Assignments: null, Count: > 2 });
        }
        catch (MalformedDataException)
        {
            return false;
        }
    }

    private void Judge(BrokerClient client, string cause)
    {
        var answer = client.TakeFrame();
        if (answer is not null)
        {
            AssertWellFormed(answer, cause);
            Answered++;
        }

        if (!client.IsOpen)
        {
            Closed++;
            _client = null;
        }
        else if (answer is null)
        {
            // It waits, or wanted no answer. Its sender goes away, which must not affect others either.
            client.Channel.FinishInbound();
            _client = null;
        }
    }

    private void AssertWellFormed(byte[] answer, string cause)
    {
        try
        {
            var reader = new ProtocolReader(answer, 1 << 24);
            var header = new ResponseHeader();
            header.Read(ref reader, api.ResponseHeaderVersion(version));
            api.NewResponse().Read(ref reader, version);
            reader.RequireEnd();
            Assert.Equal(CorrelationId, header.CorrelationId);
        }
        catch (MalformedDataException malformed)
        {
            Assert.Fail($"{api} version {version}, {cause}: the answer is malformed: {malformed.Message}");
        }
    }
}
