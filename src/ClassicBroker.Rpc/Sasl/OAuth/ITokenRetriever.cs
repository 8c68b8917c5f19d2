using ClassicBroker.Rpc.Http;

namespace ClassicBroker.Rpc.Sasl.OAuth;

/// <summary>Where a client's tokens come from. Threading: one loop.</summary>
internal interface ITokenRetriever
{
    /// <summary>A token that nothing has looked at yet.</summary>
    /// <exception cref="HttpException">There is none.</exception>
    Task<string> RetrieveAsync();
}
