using ClassicBroker.Platform;

namespace ClassicBroker.Transport;

/// <summary>A channel as <see cref="ErrorFates"/> sees it. Threading: its loop.</summary>
internal interface IErrorSink
{
    IEventLoop Loop { get; }

    void Close();

    /// <summary>An exception no handler dealt with.</summary>
    void EndWith(Exception exception);
}
