namespace ClassicBroker.ZooKeeper;

/// <summary>Outcome codes of ZooKeeper's protocol (<c>KeeperException.Code</c>). Values are the wire's.</summary>
public enum ZooKeeperError
{
    None = 0,
    SystemError = -1,

    /// <summary>In a failed multi: this operation was sound, or never looked at, when another one failed.</summary>
    RuntimeInconsistency = -2,
    DataInconsistency = -3,

    /// <summary>The connection went before the answer came: the operation may or may not have happened.</summary>
    ConnectionLoss = -4,
    MarshallingError = -5,
    Unimplemented = -6,
    OperationTimeout = -7,
    BadArguments = -8,
    UnknownSession = -12,
    NewConfigNoQuorum = -13,
    ReconfigInProgress = -14,
    ApiError = -100,
    NoNode = -101,
    NoAuth = -102,
    BadVersion = -103,
    NoChildrenForEphemerals = -108,
    NodeExists = -110,
    NotEmpty = -111,
    SessionExpired = -112,
    InvalidCallback = -113,
    InvalidAcl = -114,
    AuthFailed = -115,

    /// <summary>The client was closed by its own side.</summary>
    SessionClosed = -116,
    Nothing = -117,
    SessionMoved = -118,
    NotReadOnly = -119,
    EphemeralOnLocalSession = -120,
    NoWatcher = -121,
    RequestTimeout = -122,
    ReconfigDisabled = -123,
    SessionClosedRequireSaslAuth = -124,
    QuotaExceeded = -125,
    ThrottledOperation = -127,
}
