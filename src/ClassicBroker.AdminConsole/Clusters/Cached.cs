namespace ClassicBroker.AdminConsole.Clusters;

/// <summary>
/// What is read from the brokers at most once in <paramref name="age"/>, however many users look at it. A reading that failed is not kept.
/// Threading: any.
/// </summary>
internal sealed class Cached<T>(TimeProvider time, TimeSpan age, Func<Task<T>> read)
{
    private readonly Lock _lock = new();
    private Task<T>? _reading;
    private long _readAt;

    public Task<T> GetAsync()
    {
        lock (_lock)
        {
            if (_reading is { } reading
                && (!reading.IsCompleted || (reading.IsCompletedSuccessfully && time.GetElapsedTime(_readAt) < age)))
            {
                return reading;
            }

            _readAt = time.GetTimestamp();
            return _reading = read();
        }
    }

    /// <summary>The next question reads again: something was changed.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            _reading = null;
        }
    }
}
