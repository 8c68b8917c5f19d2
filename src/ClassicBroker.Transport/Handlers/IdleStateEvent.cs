namespace ClassicBroker.Transport;

/// <summary>
/// Told through <see cref="ChannelHandler.UserEvent"/> by an <see cref="IdleStateHandler"/>: no byte in or out for as long as it
/// allows.
/// </summary>
public sealed class IdleStateEvent
{
    public static readonly IdleStateEvent Instance = new();

    private IdleStateEvent()
    {
    }
}
