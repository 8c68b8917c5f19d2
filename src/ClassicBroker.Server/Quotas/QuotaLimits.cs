namespace ClassicBroker.Server.Quotas;

/// <summary>
/// The limits of one kind, by user and client id. The first that there is counts, in Kafka's order: user and client id, user and default
/// client id, user; the same for the default user; client id, default client id. Immutable.
/// </summary>
internal sealed class QuotaLimits
{
    public static readonly QuotaLimits None = new([]);

    private readonly Dictionary<(QuotaPart User, QuotaPart Client), double> _limits;

    private QuotaLimits(Dictionary<(QuotaPart User, QuotaPart Client), double> limits) => _limits = limits;

    public bool IsEmpty => _limits.Count == 0;

    /// <summary>The limits with another for an entity; null removes it.</summary>
    public QuotaLimits With(QuotaEntity entity, double? limit)
    {
        var key = (QuotaPart.Of(entity.User), QuotaPart.Of(entity.ClientId));
        if (limit is null && !_limits.ContainsKey(key))
        {
            return this;
        }

        var changed = new Dictionary<(QuotaPart, QuotaPart), double>(_limits);
        if (limit is { } bound)
        {
            changed[key] = bound;
        }
        else
        {
            changed.Remove(key);
        }

        return new(changed);
    }

    /// <summary>
    /// The limit of a user's client, and who shares it: a limit of users is one for all clients of the user. False where there is none.
    /// </summary>
    public bool TryFind(string user, string clientId, out (string User, string Client) sharedBy, out double limit)
    {
        var (named, client) = (QuotaPart.Of(user), QuotaPart.Of(clientId));
        sharedBy = (user, clientId);
        if (_limits.TryGetValue((named, client), out limit) || _limits.TryGetValue((named, QuotaPart.Default), out limit))
        {
            return true;
        }

        if (_limits.TryGetValue((named, default), out limit))
        {
            sharedBy = (user, "");
            return true;
        }

        if (_limits.TryGetValue((QuotaPart.Default, client), out limit)
            || _limits.TryGetValue((QuotaPart.Default, QuotaPart.Default), out limit))
        {
            return true;
        }

        if (_limits.TryGetValue((QuotaPart.Default, default), out limit))
        {
            sharedBy = (user, "");
            return true;
        }

        sharedBy = ("", clientId);
        return _limits.TryGetValue((default, client), out limit) || _limits.TryGetValue((default, QuotaPart.Default), out limit);
    }
}
