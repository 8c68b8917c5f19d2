using System.Security.Cryptography;
using System.Text;
using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Sessions;
using ClassicBroker.Metadata.Stores;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Rpc;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server.Security.Tokens;

/// <summary>
/// The delegation tokens of a cluster whose brokers share <c>delegation.token.secret.key</c> (KIP-48): loaded at start, followed by
/// notifications, made, renewed and ended here by any broker, and removed by the controller once they have expired. A token's HMAC follows
/// from its id and the secret, so that no ZooKeeper and no other secret gives it away. Failure strategy: a token that cannot be read is
/// logged and none; a change that fails half-way has been written or not, and its notification may lack, as in Kafka, until the token
/// changes again. Threading: the ZooKeeper loop, one change after another; others call from any loop.
/// </summary>
internal sealed partial class DelegationTokens(
    string secret,
    TokenLifetimes lifetimes,
    DelegationTokenCache cache,
    DelegationTokenStore store,
    IEventLoop loop,
    IRandomSource random,
    ILogger<DelegationTokens> logger)
{
    private readonly byte[] _secret = Encoding.UTF8.GetBytes(secret);
    private readonly OrderedWork _work = new();
    private ChangeNotificationListener? _changes;
    private IScheduledWork? _nextSweep;
    private BackgroundWork? _sweeps;
    private Func<bool> _isController = static () => false;
    private bool _stopped;

    /// <summary>Loads all tokens and follows them from here on.</summary>
    /// <param name="znodes">Where notifications are.</param>
    /// <param name="session">Tells of new sessions.</param>
    /// <param name="isController">Whether this broker is to remove expired tokens at the moment.</param>
    /// <param name="loggers">For the listener.</param>
    public async Task StartAsync(ZnodeClient znodes, SessionLifecycle session, Func<bool> isController, ILoggerFactory loggers)
    {
        _isController = isController;
        await store.CreatePathsAsync();
        await InOrderAsync(async () =>
        {
            foreach (var id in await store.GetIdsAsync())
            {
                await RefreshAsync(id);
            }

            return true;
        });
        _changes = new(
            znodes,
            session,
            DelegationTokenZnode.ChangesPath,
            DelegationTokenZnode.ChangeSequencePrefix,
            (name, data) => InOrderAsync(() => RefreshAsync(DelegationTokenZnode.DecodeChange(name, data))),
            loop,
            loggers.CreateLogger<ChangeNotificationListener>());
        await _changes.StartAsync();
        _sweeps = new BackgroundWork("delegation-token-expiry", loop, failure =>
        {
            LogSweepFailed(failure);
            return failure is ZooKeeperException;
        });
        loop.Execute(ScheduleSweep);
    }

    public void Stop()
    {
        _changes?.Stop();
        loop.Execute(() =>
        {
            _stopped = true;
            _nextSweep?.Cancel();
        });
    }

    /// <summary>A new token.</summary>
    /// <param name="owner">Whom it is to stand for.</param>
    /// <param name="requester">Who asks for it.</param>
    /// <param name="renewers">Who may renew it beside the owner.</param>
    /// <param name="lifetimeMs">How long it may live at most; 0 and less, or too much, for the longest there is.</param>
    public Task<DelegationToken> CreateAsync(
        KafkaPrincipal owner, KafkaPrincipal requester, IEnumerable<KafkaPrincipal> renewers, long lifetimeMs) =>
        InOrderAsync(async () =>
        {
            var nowMs = loop.Time.UnixMs();
            var maxMs = TokenLifetimes.Later(nowMs, lifetimeMs <= 0 ? lifetimes.MaxMs : Math.Min(lifetimeMs, lifetimes.MaxMs));
            var token = Make(new StoredToken(
                random.NextUuid().ToString(),
                owner.ToString(),
                requester.ToString(),
                [.. renewers.Select(renewer => renewer.ToString())],
                nowMs,
                Math.Min(maxMs, TokenLifetimes.Later(nowMs, lifetimes.RenewalMs)),
                maxMs));
            await store.CreateAsync(token.Stored);
            cache.Put(token);
            await store.NotifyAsync(token.Id);
            return token;
        });

    /// <summary>Prolongs a token by a time, or where that is negative by the usual one, but not past its end at the latest.</summary>
    public Task<TokenOutcome> RenewAsync(KafkaPrincipal principal, byte[] hmac, long periodMs) =>
        InOrderAsync(async () =>
            Find(principal, hmac, out var refused) is not { } token ? TokenOutcome.Refused(refused)
            : token.HasExpired(loop.Time.UnixMs()) ? TokenOutcome.Refused(ErrorCode.DelegationTokenExpired)
            : await EndInAsync(token, periodMs < 0 ? lifetimes.RenewalMs : periodMs));

    /// <summary>Has a token end after a time, or where that is negative at once.</summary>
    public Task<TokenOutcome> ExpireAsync(KafkaPrincipal principal, byte[] hmac, long periodMs) =>
        InOrderAsync(async () =>
        {
            if (Find(principal, hmac, out var refused) is not { } token)
            {
                return TokenOutcome.Refused(refused);
            }

            var nowMs = loop.Time.UnixMs();
            if (periodMs < 0)
            {
                await RemoveAsync(token);
                return new(ErrorCode.None, nowMs);
            }

            return token.HasExpired(nowMs)
                ? TokenOutcome.Refused(ErrorCode.DelegationTokenExpired)
                : await EndInAsync(token, periodMs);
        });

    /// <summary>All tokens, by id.</summary>
    public IReadOnlyList<DelegationToken> All() => cache.All();

    private DelegationToken? Find(KafkaPrincipal principal, byte[] hmac, out ErrorCode refused)
    {
        var token = cache.FindByHmac(hmac);
        refused = token is null ? ErrorCode.DelegationTokenNotFound
            : token.MayBeRenewedBy(principal) ? ErrorCode.None
            : ErrorCode.DelegationTokenOwnerMismatch;
        return refused == ErrorCode.None ? token : null;
    }

    private async Task<TokenOutcome> EndInAsync(DelegationToken token, long periodMs)
    {
        var expiresAtMs = Math.Min(token.Stored.MaxMs, TokenLifetimes.Later(loop.Time.UnixMs(), periodMs));
        var changed = token.With(token.Stored with { ExpiresAtMs = expiresAtMs });
        if (!await store.UpdateAsync(changed.Stored))
        {
            // Another broker has ended it; the notice of that is on its way.
            cache.Remove(token.Id);
            return TokenOutcome.Refused(ErrorCode.DelegationTokenNotFound);
        }

        cache.Put(changed);
        await store.NotifyAsync(token.Id);
        return new(ErrorCode.None, expiresAtMs);
    }

    private async Task RemoveAsync(DelegationToken token)
    {
        // First from the cache: from the moment of the answer, and whatever ZooKeeper says, no one logs in by it here.
        cache.Remove(token.Id);
        await store.RemoveAsync(token.Id);
        await store.NotifyAsync(token.Id);
        LogExpired(token.Id, token.Owner.ToString());
    }

    private async Task<bool> RefreshAsync(string id)
    {
        try
        {
            if (await store.GetAsync(id) is { } stored)
            {
                cache.Put(cache.Find(id)?.With(stored) ?? Make(stored));
            }
            else
            {
                cache.Remove(id);
            }
        }
        catch (MalformedDataException failure)
        {
            cache.Remove(id);
            LogUnreadable(id, failure.Message);
        }

        return true;
    }

    private DelegationToken Make(StoredToken stored)
    {
        var hmac = HMACSHA512.HashData(_secret, Encoding.UTF8.GetBytes(stored.Id));
        return new DelegationToken(stored, hmac, new TokenCredentials(hmac, random));
    }

    private void ScheduleSweep()
    {
        if (!_stopped)
        {
            _nextSweep = loop.Schedule(
                () => _sweeps!.Run(SweepAsync), TimeSpan.FromMilliseconds(Math.Min(lifetimes.SweepIntervalMs, int.MaxValue)));
        }
    }

    private async Task SweepAsync()
    {
        try
        {
            if (_isController())
            {
                await InOrderAsync(RemoveExpiredAsync);
            }
        }
        finally
        {
            ScheduleSweep();
        }
    }

    private async Task<bool> RemoveExpiredAsync()
    {
        foreach (var token in cache.All().Where(token => token.HasExpired(loop.Time.UnixMs())))
        {
            await RemoveAsync(token);
        }

        return true;
    }

    /// <summary>Runs on the loop when all that was asked for before has ended, however it ended.</summary>
    private Task<T> InOrderAsync<T>(Func<Task<T>> work) =>
        loop.InvokeAsync(() => _work.RunAsync(work));

    [LoggerMessage(Level = LogLevel.Information, Message = "Delegation token expired for token: {Id} for owner: {Owner}")]
    private partial void LogExpired(string id, string owner);

    [LoggerMessage(Level = LogLevel.Error, Message = "Delegation token {Id} cannot be read, and none can log in by it: {Reason}")]
    private partial void LogUnreadable(string id, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Expired delegation tokens could not be removed; the next sweep tries again")]
    private partial void LogSweepFailed(Exception failure);
}
