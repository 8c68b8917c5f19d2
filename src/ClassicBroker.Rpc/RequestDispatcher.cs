using System.Diagnostics.CodeAnalysis;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Rpc.Sasl;

namespace ClassicBroker.Rpc;

/// <summary>
/// The table of APIs a broker serves: key to handler. ApiVersions is answered from the same table, so that what is advertised is what is
/// served; SASL's two are answered here where there is nothing to authenticate. Immutable, shared by all loops.
/// </summary>
public sealed class RequestDispatcher
{
    private readonly IRequestHandler?[] _handlers;

    /// <param name="handlers">One for each API but ApiVersions, SaslHandshake and SaslAuthenticate.</param>
    /// <param name="addFeatures">Adds the features of KIP-584 to an answer to ApiVersions.</param>
    public RequestDispatcher(IEnumerable<IRequestHandler> handlers, Action<ApiVersionsResponse>? addFeatures = null)
    {
        _handlers = new IRequestHandler?[(short)ApiCatalog.All[^1].Key + 1];
        foreach (var handler in handlers)
        {
            Add(handler);
        }

        Add(new ApiVersionsHandler(this, addFeatures));
        Add(new SaslHandshakeHandler());
        Add(new SaslAuthenticateHandler());
        Apis = [.. _handlers.Where(handler => handler is not null).Select(handler => handler!.Api)];
    }

    /// <summary>The APIs served, by key.</summary>
    public IReadOnlyList<ApiDescriptor> Apis { get; }

    /// <summary>What every API checks, by key: the table of what ACLs guard.</summary>
    public IEnumerable<(ApiDescriptor Api, IReadOnlyList<AccessRule> Rules)> AccessRules =>
        _handlers.Where(handler => handler is not null).Select(handler => (handler!.Api, handler.Access));

    public bool TryGet(short key, [NotNullWhen(true)] out IRequestHandler? handler)
    {
        handler = (ushort)key < _handlers.Length ? _handlers[key] : null;
        return handler is not null;
    }

    private void Add(IRequestHandler handler)
    {
        ref var place = ref _handlers[(short)handler.Api.Key];
        if (place is not null)
        {
            throw new ArgumentException($"{handler.Api} has two handlers");
        }

        place = handler;
    }
}
