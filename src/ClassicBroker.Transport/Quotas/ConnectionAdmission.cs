namespace ClassicBroker.Transport;

/// <summary>What <see cref="ConnectionQuotas"/> decided about a connection.</summary>
public enum ConnectionAdmission
{
    Admitted,

    /// <summary>Its address has as many as it may: it is closed at once.</summary>
    TooManyFromAddress,

    /// <summary>Its address opens connections faster than it may: it is closed after a moment, which keeps it from coming again.</summary>
    TooFastFromAddress,

    /// <summary>The broker or the listener is full: it, and all behind it, wait to be accepted.</summary>
    Full,

    /// <summary>Connections come too fast: accepting rests for a moment.</summary>
    TooFast,
}
