namespace ClassicBroker.Transport;

/// <summary>Something with a descriptor in an <see cref="EpollEventLoop"/>. Threading: that loop only.</summary>
internal interface IPollable
{
    /// <summary>Its descriptor is ready for some of what it asked, or broken.</summary>
    void Ready(uint events);

    /// <summary>The loop ends.</summary>
    void Abandon();
}
