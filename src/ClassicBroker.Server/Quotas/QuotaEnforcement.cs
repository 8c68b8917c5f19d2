using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Config;
using ClassicBroker.Transport;

namespace ClassicBroker.Server.Quotas;

/// <summary>
/// What clients may use of this broker: bytes produced and fetched, the time of its threads, and mutations of the cluster. Requests that
/// brokers send each other are exempt. Threading: any loop.
/// </summary>
public sealed class QuotaEnforcement : IRequestQuotas
{
    private const double PercentPerSecond = 100.0;

    private readonly RateQuota _produce;
    private readonly RateQuota _fetch;
    private readonly RateQuota _request;
    private readonly MutationQuota _mutation;
    private readonly QuotaClock _clock;
    private readonly SampledRate _exempt;
    private readonly Lock _exemptLock = new();

    public QuotaEnforcement(KafkaConfig config, TimeProvider time)
    {
        var clock = _clock = new QuotaClock(time);
        var (samples, seconds) = (config.QuotaWindowNum, config.QuotaWindowSizeSeconds);
        _exempt = new(samples, seconds * 1000L);
        _produce = new(clock, samples, seconds);
        _fetch = new(clock, samples, seconds);
        _request = new(clock, samples, seconds, throttleMsMax: seconds * 1000L);
        _mutation = new(clock, config.ControllerQuotaWindowNum, config.ControllerQuotaWindowSizeSeconds);
    }

    /// <summary>Takes the limits of an entity over, as its configuration says them; a key that it lacks is no limit.</summary>
    public void Update(QuotaEntity entity, IReadOnlyDictionary<string, double> values)
    {
        _produce.Limits = _produce.Limits.With(entity, Of("producer_byte_rate"));
        _fetch.Limits = _fetch.Limits.With(entity, Of("consumer_byte_rate"));
        _request.Limits = _request.Limits.With(entity, Of("request_percentage"));
        _mutation.Limits = _mutation.Limits.With(entity, Of("controller_mutation_rate"));

        double? Of(string key) => values.TryGetValue(key, out var value) ? value : null;
    }

    public void Complete(RequestContext context, IRequest request, TimeSpan localTime)
    {
        if (IsBetweenBrokers(context))
        {
            CountExempt(localTime);
            return;
        }

        if (request is ProduceRequest)
        {
            context.Throttle(_produce.Charge(context.Principal.Name, context.ClientId, context.FrameLength));
        }

        if (!_request.Limits.IsEmpty)
        {
            context.Throttle(_request.Charge(
                context.Principal.Name, context.ClientId, localTime.TotalSeconds * PercentPerSecond));
        }
    }

    public bool CountsNetworkTime => !_request.Limits.IsEmpty;

    /// <summary>It is too late to hold the client back for it: the next request is.</summary>
    public void AddNetworkTime(RequestContext context, TimeSpan networkTime)
    {
        if (IsBetweenBrokers(context))
        {
            CountExempt(networkTime);
        }
        else
        {
            _request.Count(context.Principal.Name, context.ClientId, networkTime.TotalSeconds * PercentPerSecond);
        }
    }

    internal IReadOnlyList<QuotaUsage> ProduceUsages => _produce.Usages();

    internal IReadOnlyList<QuotaUsage> FetchUsages => _fetch.Usages();

    internal IReadOnlyList<QuotaUsage> RequestUsages => _request.Usages();

    internal IReadOnlyList<QuotaUsage> MutationUsages => _mutation.Usages();

    /// <summary>The time of threads that requests took which no quota limits, in percent of one thread.</summary>
    internal double ExemptPercent
    {
        get
        {
            lock (_exemptLock)
            {
                return _exempt.Measure(_clock.NowMs);
            }
        }
    }

    /// <summary>Whether any consumer is limited.</summary>
    internal bool LimitsFetches => !_fetch.Limits.IsEmpty;

    /// <summary>
    /// Counts bytes that a consumer is about to get. Where it is over its limit they are not counted, and it is to get none.
    /// </summary>
    internal bool MayFetch(RequestContext context, long bytes)
    {
        var throttleMs = _fetch.Charge(context.Principal.Name, context.ClientId, bytes);
        if (throttleMs > 0)
        {
            _fetch.TakeBack(context.Principal.Name, context.ClientId, bytes);
            context.Throttle(throttleMs);
        }

        return throttleMs == 0;
    }

    /// <summary>Bytes that one fetch may bring without being throttled whatever was fetched before.</summary>
    internal int FetchBytesMax(RequestContext context) =>
        (int)Math.Min(int.MaxValue, _fetch.ValueMax(context.Principal.Name, context.ClientId));

    /// <summary>Whether mutations of the client are limited, so that they must be counted before they are done.</summary>
    internal bool LimitsMutations(RequestContext context) => _mutation.IsLimited(context.Principal.Name, context.ClientId);

    /// <summary>Counts partitions to be created or deleted; false where the request must be refused.</summary>
    internal bool MayMutate(RequestContext context, int partitions, short strictSinceVersion)
    {
        var (mayBeDone, throttleMs) = _mutation.Charge(
            context.Principal.Name, context.ClientId, partitions, context.ApiVersion >= strictSinceVersion);
        context.Throttle(throttleMs);
        return mayBeDone;
    }

    /// <summary>
    /// Counts partitions of a topic that is made because the client asked for it by name: they are made all the same, and the client is not
    /// held back for them.
    /// </summary>
    internal void CountMutations(RequestContext context, int partitions) =>
        _mutation.Count(context.Principal.Name, context.ClientId, partitions);

    private void CountExempt(TimeSpan localTime)
    {
        lock (_exemptLock)
        {
            _exempt.Record(localTime.TotalSeconds * PercentPerSecond, _clock.NowMs);
        }
    }

    private static bool IsBetweenBrokers(RequestContext context) =>
        context.IsOfFollower
        || context.Access is [.., { Operation: AclOperation.ClusterAction, Scope: AccessScope.Request, FirstVersion: 0 }];
}
