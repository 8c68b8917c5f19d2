using System.Net;
using ClassicBroker.Platform;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Rpc.Tracing;
using DotNetty.Buffers;

namespace ClassicBroker.Rpc;

/// <summary>
/// One request under way: what its header says, the connection it came by, and its place among the answers of that connection.
/// Threading: the connection's loop; what a handler reads of it never changes.
/// </summary>
public sealed class RequestContext
{
    private readonly IRequestHandler _handler;
    private readonly RequestSteps _steps;
    private readonly RequestTrace _trace;
    private IByteBuffer? _frame;

    internal RequestContext(
        IRequestHandler handler,
        RequestHeader header,
        ClientConnection connection,
        IByteBuffer frame,
        long receivedAt,
        RequestSteps steps,
        RequestTrace trace)
    {
        _handler = handler;
        _steps = steps;
        _trace = trace;
        _frame = frame;
        Header = header;
        Connection = connection;
        FrameLength = frame.ReadableBytes;
        Times.ReceivedAt = receivedAt;
        ResponseVersion = header.RequestApiVersion;
    }

    public ApiDescriptor Api => _handler.Api;

    public ApiKey ApiKey => Api.Key;

    public RequestHeader Header { get; }

    public short ApiVersion => Header.RequestApiVersion;

    public int CorrelationId => Header.CorrelationId;

    /// <summary>Empty where the client gave none.</summary>
    public string ClientId => Header.ClientId ?? "";

    public ClientConnection Connection { get; }

    public string ListenerName => Connection.Listener.Name;

    public KafkaPrincipal Principal => Connection.Principal;

    public IPAddress ClientAddress => Connection.ClientAddress;

    /// <summary>The loop this request is handled on.</summary>
    public IEventLoop Loop => Connection.Channel.Loop;

    /// <summary>Cancelled when the connection closes: no one reads the answer any more. On the loop.</summary>
    public CancellationToken Cancellation => Connection.Closed;

    /// <summary>Bytes of the request, its length field not counted.</summary>
    public int FrameLength { get; }

    /// <summary>False where everything is permitted: handlers skip their checks.</summary>
    public bool IsGuarded => _steps.Authorizer is not null;

    /// <summary>When the request came to where on its way.</summary>
    internal RequestTimes Times;

    /// <summary>What its Activity will tell; null where no one wants to know.</summary>
    internal RequestSpan? Span { get; private set; }

    /// <summary>What the API checks.</summary>
    public IReadOnlyList<AccessRule> Access => _handler.Access;

    /// <summary>A fetch of another broker, which metrics tell from those of consumers.</summary>
    public bool IsOfFollower { get; internal set; }

    /// <summary>For how long a quota holds the client back.</summary>
    internal int ThrottleTimeMs { get; private set; }

    /// <summary>The version the answer is written in: the request's own, but for an ApiVersions request from the future.</summary>
    internal short ResponseVersion { get; set; }

    /// <summary>A SASL token without header, answered by one: what follows SaslHandshake 0.</summary>
    internal bool IsBare { get; set; }

    internal bool IsComplete { get; private set; }

    /// <summary>The answer once complete; null where there is none to send.</summary>
    internal IResponse? Response { get; private set; }

    /// <summary>Whether the client may touch a resource, as a declared rule of the handler asks it.</summary>
    /// <exception cref="InvalidOperationException">The handler does not declare the rule.</exception>
    public bool Allows(AccessRule rule, string name)
    {
        if (_steps.Authorizer is not { } authorizer)
        {
            return true;
        }

        RequireDeclared(rule);
        return authorizer.Authorize(Requester, rule.Operation, rule.ResourceType, name, rule.LogsDenial);
    }

    /// <summary>
    /// Those of several resources that the client may not touch, each asked for once in the order of names. Names are not looked at where
    /// nothing is guarded.
    /// </summary>
    public RefusedNames RefusedOf(AccessRule rule, IEnumerable<string> names)
    {
        if (!IsGuarded)
        {
            return default;
        }

        HashSet<string>? refused = null;
        foreach (var name in new SortedSet<string>(names, StringComparer.Ordinal))
        {
            if (!Allows(rule, name))
            {
                (refused ??= new(StringComparer.Ordinal)).Add(name);
            }
        }

        return new(refused);
    }

    /// <summary>Whether the client may touch the cluster, as a declared rule of the handler asks it.</summary>
    public bool Allows(AccessRule rule) => Allows(rule, AclResource.ClusterName);

    /// <summary>Whether the client may touch any resource of the rule's type.</summary>
    public bool AllowsSome(AccessRule rule)
    {
        if (_steps.Authorizer is not { } authorizer)
        {
            return true;
        }

        RequireDeclared(rule);
        return authorizer.AuthorizeByResourceType(Requester, rule.Operation, rule.ResourceType);
    }

    /// <summary>Whether an operation is permitted, for answers that tell clients what they may do (KIP-430). Logs no denial.</summary>
    public bool IsPermitted(AclOperation operation, AclResourceType type, string name) =>
        _steps.Authorizer?.Authorize(Requester, operation, type, name, logsDenial: false) ?? true;

    /// <summary>Has the client held back after its answer; of several times the longest counts.</summary>
    public void Throttle(int timeMs) => ThrottleTimeMs = Math.Max(ThrottleTimeMs, timeMs);

    /// <summary>Logs a failure that nothing foresaw. The request goes on, and its answer says UNKNOWN_SERVER_ERROR where that is.</summary>
    public void Report(Exception failure) => _trace.HandlerFailed(this, failure);

    /// <summary>
    /// Keeps the frame, and with it the records of the request, past the first await of the handler, which asks before that and disposes
    /// of the lease when it is done with the records.
    /// </summary>
    /// <exception cref="InvalidOperationException">The handler has awaited already: the frame is gone.</exception>
    public FrameLease KeepFrame() =>
        new(_frame ?? throw new InvalidOperationException($"The frame of {Api} is asked for after the handler's first await"));

    /// <summary>The rule of scope request that refuses the request; null where it may go on to the handler.</summary>
    internal AccessRule? RefusedBy(IRequest request)
    {
        if (!IsGuarded)
        {
            return null;
        }

        // By index: an enumerator would be made for every request.
        var rules = _handler.Access;
        for (var i = 0; i < rules.Count; i++)
        {
            var rule = rules[i];
            if (rule.Scope == AccessScope.Shortcut
                && i + 1 < rules.Count
                && rules[i + 1].Scope == AccessScope.Request
                && Allows(rule))
            {
                return null;
            }

            if (rule.Scope == AccessScope.Request
                && rule.Applies(ApiVersion)
                && rule.NameIn(request, this) is { } name
                && !Allows(rule, name))
            {
                return rule;
            }
        }

        return null;
    }

    /// <summary>Before the handler, while the records are there.</summary>
    internal void BeginSpan(IRequest request) => Span = _steps.Activities?.Begin(request);

    /// <summary>The request has ended.</summary>
    internal void EndSpan(int responseLength)
    {
        if (Span is { } span)
        {
            _steps.Activities!.End(this, span, responseLength);
        }
    }

    internal void TakeBackFrame() => _frame = null;

    internal void Complete(IResponse? response)
    {
        Response = response;
        IsComplete = true;
    }

    /// <summary>The answer is on its way: it need not be kept.</summary>
    internal void ForgetResponse() => Response = null;

    private Requester Requester => new(Principal, ClientAddress, ApiKey);

    private void RequireDeclared(AccessRule rule)
    {
        var rules = _handler.Access;
        for (var i = 0; i < rules.Count; i++)
        {
            if (ReferenceEquals(rules[i], rule))
            {
                return;
            }
        }

        if (!rules.Contains(rule))
        {
            throw new InvalidOperationException($"{Api} asks by a rule that it does not declare: {rule}");
        }
    }
}
