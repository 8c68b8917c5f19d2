using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Rpc.Tracing;

namespace ClassicBroker.Rpc;

/// <summary>What stands between a request's frame and its handler, for all listeners. Immutable.</summary>
public sealed record RequestSteps
{
    /// <summary>Everything is permitted.</summary>
    public static readonly RequestSteps None = new();

    /// <summary>Decides what requests may touch; null permits everything.</summary>
    public IAuthorizer? Authorizer { get; init; }

    /// <summary>Holds clients back that use more than they may; null holds back no client.</summary>
    public IRequestQuotas? Quotas { get; init; }

    /// <summary>Tells of each request as an Activity; null tells of none.</summary>
    public RequestActivities? Activities { get; init; }
}
