using ClassicBroker.Metadata.Sessions;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Metadata;

/// <summary>
/// Follows <c>/feature</c>, for ApiVersions to tell clients what is finalised (KIP-584). Features that are absent or disabled show as
/// none. Threading: reads run on the loop handed in; <see cref="Current"/> is safe from any.
/// </summary>
public sealed class FinalizedFeatureListener(
    MetadataStore store, IEventLoop loop, ILogger<FinalizedFeatureListener> logger) : ISessionListener
{
    private readonly BackgroundWork _reading = new("finalized-feature-reading", loop);
    private volatile FeatureState? _current;

    /// <summary>The finalised features and their epoch, or null where there are none.</summary>
    public FeatureState? Current => _current;

    /// <summary>Begins to follow; ends with the first reading.</summary>
    public Task StartAsync() =>
        loop.InvokeAsync(() =>
        {
            store.Session.Watches.Register(new ZnodeChangeHandler(FeatureZnode.Path, RequestRead, RequestRead, RequestRead));
            store.Session.Register(this);
            return ReadAsync();
        });

    public void Stop() => store.Session.Watches.UnregisterChange(FeatureZnode.Path);

    public Task BeforeInitializingSessionAsync() => Task.CompletedTask;

    public void AfterInitializingSession() => RequestRead();

    private void RequestRead() => _reading.Run(ReadAsync);

    private async Task ReadAsync()
    {
        try
        {
            // Watches for its coming where it is not there, which reading alone does not.
            await store.Features.WatchAsync();
            _current = await store.Features.GetAsync() is { Features.Enabled: true } enabled ? enabled : null;
        }
        catch (Exception failure) when (failure is ZooKeeperException or MalformedDataException)
        {
            logger.LogError(failure, "Could not read {Path}; what was known of finalised features stays.", FeatureZnode.Path);
        }
    }
}
