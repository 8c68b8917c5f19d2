using ClassicBroker.Testing.Channels;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Transport;

namespace ClassicBroker.Rpc.Tests.Client;

/// <summary>Connects to a test that plays brokers: each connection is an embedded channel, made beforehand.</summary>
internal sealed class FakeTransport(ManualTime time) : ITransport
{
    private readonly EmbeddedChannel[] _channels = [new(time, ChannelOptions.Default), new(time, ChannelOptions.Default)];

    /// <summary>Connections opened so far.</summary>
    public int Count { get; private set; }

    public EmbeddedChannel Last => _channels[Count - 1];

    public Task<IChannelListener> ListenAsync(ListenOptions options) => throw new NotSupportedException();

    public Task<TransportChannel> ConnectAsync(ConnectOptions options, CancellationToken cancellation = default)
    {
        var channel = _channels[Count++];
        options.Initializer(channel);
        return Task.FromResult<TransportChannel>(channel);
    }
}
