namespace ClassicBroker.Transport;

/// <summary>Whether a TLS listener wants certificates of its clients: the values of <c>ssl.client.auth</c>.</summary>
public enum ClientAuthentication
{
    None,
    Requested,
    Required,
}
