using ClassicBroker.Client.Cluster;

namespace ClassicBroker.Client.Admin;

/// <summary>The calls of an admin client that have not ended. Threading: the client's loop.</summary>
internal sealed class CallsUnderWay(ClusterClient cluster)
{
    private int _underWay;
    private TaskCompletionSource? _ended;

    public async Task<T> RunAsync<T>(Func<Task<T>> call)
    {
        _underWay++;
        try
        {
            return await call();
        }
        finally
        {
            if (--_underWay == 0)
            {
                _ended?.TrySetResult();
            }
        }
    }

    /// <summary>
    /// Closes the connections and ends when every call under way has failed of that: the loop may be gone afterwards, and a call that
    /// waited on it would never be told.
    /// </summary>
    public async Task CloseAsync()
    {
        cluster.Close();
        if (_underWay > 0)
        {
            _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
            await _ended.Task;
        }
    }
}
