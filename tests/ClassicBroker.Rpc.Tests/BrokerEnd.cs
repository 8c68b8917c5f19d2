using ClassicBroker.Platform.Metrics;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Rpc.Sasl;
using ClassicBroker.Testing.Channels;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing;
using ClassicBroker.Transport;

namespace ClassicBroker.Rpc.Tests;

/// <summary>A broker's end of a connection, without the rest of the broker; the test plays the client.</summary>
internal sealed class BrokerEnd : IDisposable
{
    private readonly RequestMetrics _metrics = new(new MeterScope(TimeProvider.System));

    public BrokerEnd(params IRequestHandler[] handlers)
        : this(RequestLimits.Default, handlers)
    {
    }

    public BrokerEnd(RequestSteps steps, params IRequestHandler[] handlers)
        : this(
            RequestLimits.Default,
            new RequestListener("PLAINTEXT", SecurityProtocol.Plaintext),
            ChannelOptions.Default,
            new RequestMemory(0, new MeterScope(TimeProvider.System)),
            steps,
            null,
            handlers)
    {
    }

    public BrokerEnd(RequestLimits limits, params IRequestHandler[] handlers)
        : this(limits, new RequestListener("PLAINTEXT", SecurityProtocol.Plaintext), ChannelOptions.Default, handlers)
    {
    }

    public BrokerEnd(RequestLimits limits, RequestListener listener, ChannelOptions options, params IRequestHandler[] handlers)
        : this(limits, listener, options, new RequestMemory(0, new MeterScope(TimeProvider.System)), handlers)
    {
    }

    public BrokerEnd(
        RequestLimits limits, RequestListener listener, ChannelOptions options, RequestMemory memory, params IRequestHandler[] handlers)
        : this(limits, listener, options, memory, RequestSteps.None, null, handlers)
    {
    }

    /// <summary>The end of a listener that asks for SASL.</summary>
    public BrokerEnd(SaslListener sasl, params IRequestHandler[] handlers)
        : this(sasl, new RequestMemory(0, new MeterScope(TimeProvider.System)), handlers)
    {
    }

    /// <summary>The end of a listener that asks for SASL, one of many.</summary>
    public BrokerEnd(SaslListener sasl, RequestMemory memory, params IRequestHandler[] handlers)
        : this(
            RequestLimits.Default,
            new RequestListener("SASL", SecurityProtocol.SaslPlaintext),
            ChannelOptions.Default,
            memory,
            RequestSteps.None,
            () => sasl,
            handlers)
    {
    }

    private BrokerEnd(
        RequestLimits limits,
        RequestListener listener,
        ChannelOptions options,
        RequestMemory memory,
        RequestSteps steps,
        Func<SaslListener>? sasl,
        IRequestHandler[] handlers)
    {
        Memory = memory;
        var pipeline = new RequestPipeline(listener, new(handlers), limits, Memory, _metrics, new(Log)) { Steps = steps, Sasl = sasl };
        Channel = new(Time, options, new ChannelInitializer(channel => Connection = pipeline.Initialize(channel)));
    }

    /// <summary>The budget of all connections; a test may share one.</summary>
    public RequestMemory Memory { get; }

    public EmbeddedChannel Channel { get; }

    public ClientConnection Connection { get; private set; } = null!;

    /// <summary>The clock of this connection's loop.</summary>
    public ManualTime Time { get; } = new();

    public RecordingLoggers Log { get; } = new();

    public void Send(IRequest request, short version, int correlationId) =>
        Channel.WriteInbound(Frames.Request(request, version, correlationId));

    /// <summary>The correlation ids of the answers sent since the last call.</summary>
    public List<int> TakeAnswered() =>
        [.. Frames.Split(Channel.TakeOutbound()).Select(frame => System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(frame))];

    public (int CorrelationId, TResponse Body) TakeResponse<TResponse>(short version)
        where TResponse : class, IResponse, new() =>
        Frames.ReadResponse<TResponse>(Assert.Single(Frames.Split(Channel.TakeOutbound())), version);

    /// <summary>Ends the connection; what handlers kept of it and did not give back fails the test.</summary>
    public void Dispose()
    {
        if (Channel.Open)
        {
            Channel.Run(Channel.Close);
        }

        Assert.Equal(0, Channel.BuffersOut);
    }
}
