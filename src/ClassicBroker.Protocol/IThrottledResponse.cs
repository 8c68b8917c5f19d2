namespace ClassicBroker.Protocol;

/// <summary>A response that can tell its client for how long a quota holds it back.</summary>
public interface IThrottledResponse
{
    int ThrottleTimeMs { get; set; }
}
