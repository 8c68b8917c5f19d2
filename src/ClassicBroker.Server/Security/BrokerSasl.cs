using System.Diagnostics.CodeAnalysis;
using ClassicBroker.Metadata;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Rpc.Sasl;
using ClassicBroker.Server.Config;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server.Security;

/// <summary>
/// SASL of all listeners of a broker: what clients are offered, and what this broker logs in with at the others. A dynamic change of its
/// keys holds for connections made from then on; one that cannot be used leaves what there was. Threading: safe from any thread; reloads
/// come from one loop.
/// </summary>
internal sealed partial class BrokerSasl
{
    private readonly JaasContexts _jaas;
    private readonly LoginModules _modules;
    private readonly IScramCredentials _scram;
    private readonly SaslEnvironment _environment;
    private readonly ILogger<BrokerSasl> _logger;
    private volatile IReadOnlyDictionary<string, SaslListener> _listeners;
    private readonly OAuthMechanisms _oauth;
    private volatile IReadOnlyDictionary<string, ISaslLogin> _logins;

    /// <param name="config">The broker's configuration.</param>
    /// <param name="environment">Files, randomness, and Java's system properties.</param>
    /// <param name="scram">Who may log in by SCRAM.</param>
    /// <exception cref="ConfigException">A listener has no login module, or a module cannot be used.</exception>
    public BrokerSasl(KafkaConfig config, SaslEnvironment environment, IScramCredentials scram)
    {
        _environment = environment;
        _scram = scram;
        _logger = environment.Loggers.CreateLogger<BrokerSasl>();
        _modules = new LoginModules(environment.SystemProperties.GetValueOrDefault(LoginModules.DisallowedProperty));
        _jaas = JaasContexts.Load(environment.SystemProperties.GetValueOrDefault(JaasContexts.FileProperty), environment.Files);
        _oauth = new OAuthMechanisms(config, environment);
        Take(config);
        foreach (var plain in SaslListeners(config).Where(listener => listener.SecurityProtocol == SecurityProtocol.SaslPlaintext))
        {
            if (_listeners[plain.ListenerName].Find(SaslMechanismNames.Plain) is not null)
            {
                LogReadable(plain.ListenerName);
            }
        }
    }

    /// <summary>Has the keys of signed tokens, and follows them from here on.</summary>
    /// <exception cref="ConfigException">An issuer does not give its keys.</exception>
    public async Task StartAsync()
    {
        try
        {
            await _oauth.StartAsync();
        }
        catch (JaasException refused)
        {
            throw new ConfigException(refused.Message);
        }
    }

    public void Stop() => _oauth.Stop();

    /// <summary>Finds out whether the listeners could use these settings.</summary>
    /// <exception cref="ConfigException">They could not.</exception>
    public void Check(KafkaConfig proposed)
    {
        Listeners(proposed, _oauth.NewEndpoints());
        Logins(proposed);
    }

    public void Reload(KafkaConfig config)
    {
        try
        {
            Take(config);
        }
        catch (ConfigException refused)
        {
            LogKept(refused.Message);
        }
    }

    /// <summary>What a listener offers at the moment, or did before it was closed; null where it asks for no SASL.</summary>
    public Func<SaslListener>? Of(BrokerEndpoint endpoint)
    {
        if (!IsSasl(endpoint))
        {
            return null;
        }

        var last = _listeners[endpoint.ListenerName];
        return () => last = _listeners.GetValueOrDefault(endpoint.ListenerName, last);
    }

    /// <summary>What to log in with at another broker's listener; null where it asks for no SASL.</summary>
    /// <exception cref="ConfigException">This broker has no login for that listener.</exception>
    public ISaslLogin? Towards(BrokerEndpoint endpoint) => IsSasl(endpoint) ? _logins[endpoint.ListenerName] : null;

    private static bool IsSasl(BrokerEndpoint endpoint) =>
        endpoint.SecurityProtocol is SecurityProtocol.SaslPlaintext or SecurityProtocol.SaslSsl;

    private static IEnumerable<BrokerEndpoint> SaslListeners(KafkaConfig config) => config.Listeners.Bound.Where(IsSasl);

    [MemberNotNull(nameof(_listeners), nameof(_logins))]
    private void Take(KafkaConfig config)
    {
        var endpoints = _oauth.NewEndpoints();
        (_listeners, _logins) = (Listeners(config, endpoints), Logins(config));
        _oauth.Use(endpoints);
    }

    private SortedDictionary<string, SaslListener> Listeners(KafkaConfig config, JwksEndpoints endpoints)
    {
        var listeners = new SortedDictionary<string, SaslListener>(StringComparer.Ordinal);
        foreach (var name in SaslListeners(config).Select(endpoint => endpoint.ListenerName))
        {
            listeners[name] = Listener(config, name, endpoints);
        }

        return listeners;
    }

    private SaslListener Listener(KafkaConfig config, string listener, JwksEndpoints endpoints)
    {
        var values = config.ValuesOf(listener);
        var mechanisms = new List<ISaslServerMechanism>();
        var sessions = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var mechanism in values.List("sasl.enabled.mechanisms").Distinct(StringComparer.Ordinal))
        {
            mechanisms.Add(Mechanism(config, listener, mechanism, endpoints));
            sessions[mechanism] = config.ValuesOf(listener, mechanism).Long("connections.max.reauth.ms");
        }

        var receiveMax = values.Int("sasl.server.max.receive.size");
        return new SaslListener
        {
            Mechanisms = mechanisms,
            SessionMaxMs = sessions,
            FailureDelay = TimeSpan.FromMilliseconds(config.ConnectionFailedAuthenticationDelayMs),
            FrameLengthMax = receiveMax == -1 ? config.SocketRequestMaxBytes : Math.Max(0, receiveMax),
        };
    }

    private ISaslServerMechanism Mechanism(KafkaConfig config, string listener, string mechanism, JwksEndpoints endpoints)
    {
        var entry = Entry(config, listener, mechanism);
        var values = config.ValuesOf(listener, mechanism);
        CheckCallbacks(values, mechanism);
        if (SaslMechanismNames.ScramOf(mechanism) is { } scram)
        {
            return new ScramServerMechanism(scram, _scram, _environment.Random);
        }

        return mechanism switch
        {
            SaslMechanismNames.Plain => new PlainServerMechanism(OptionsOf(entry)),
            SaslMechanismNames.OAuthBearer => _oauth.Mechanism(listener, values, OptionsOf(entry), endpoints),
            SaslMechanismNames.Gssapi => Gssapi(listener, values, entry),
            _ => throw new ConfigException("sasl.enabled.mechanisms", mechanism, "there is no such SASL mechanism here"),
        };
    }

    private GssapiServerMechanism Gssapi(string listener, ConfigValues values, JaasEntry? entry)
    {
        try
        {
            var kerberos = LoginModules.Require(_environment.Kerberos);
            var module = entry ?? throw new JaasException($"there is no login module {LoginModules.Kerberos}");
            KerberosModule.ServiceOf(module, values.StringOrNull("sasl.kerberos.service.name"));
            var credential = KerberosModule.CredentialOf(module);
            kerberos.RequireKeys(credential);
            var rules = values.List("sasl.kerberos.principal.to.local.rules");
            return new GssapiServerMechanism(kerberos, credential, KerberosShortNames.Parse(rules, kerberos.DefaultRealm));
        }
        catch (Exception refused) when (refused is JaasException or KerberosException or FormatException)
        {
            throw new ConfigException($"Listener {listener} cannot offer GSSAPI: {refused.Message}");
        }
    }

    private static IReadOnlyDictionary<string, string> OptionsOf(JaasEntry? entry) =>
        entry?.Options ?? new SortedDictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The login module that serves a mechanism; null where there are only those of others, with which none can log in.</summary>
    private JaasEntry? Entry(KafkaConfig config, string listener, string mechanism)
    {
        var entries = _jaas.Find(config, listener, mechanism, words => LogIgnored(words));
        try
        {
            foreach (var entry in entries)
            {
                _modules.Check(entry);
            }
        }
        catch (JaasException refused)
        {
            throw new ConfigException(refused.Message);
        }

        var module = LoginModules.Of(mechanism);
        var found = entries.FirstOrDefault(entry => entry.Module == module);
        if (found is null)
        {
            LogOtherModule(listener, mechanism, string.Join(", ", entries));
        }

        return found;
    }

    /// <summary>Java classes that would be loaded; the defaults are built in, and nothing else is.</summary>
    private static void CheckCallbacks(ConfigValues values, string mechanism)
    {
        foreach (var key in new[] { CallbackClasses.ServerKey, CallbackClasses.LoginKey, "sasl.login.class" })
        {
            if (values.StringOrNull(key) is { } name && !CallbackClasses.IsBuiltIn(key, name, mechanism))
            {
                throw new ConfigException(key, name, $"Class {name} could not be found.");
            }
        }
    }

    private SortedDictionary<string, ISaslLogin> Logins(KafkaConfig config)
    {
        var logins = new SortedDictionary<string, ISaslLogin>(StringComparer.Ordinal);
        var own = new[] { config.Listeners.InterBroker, config.Listeners.ControlPlane };
        foreach (var listener in SaslListeners(config).Select(endpoint => endpoint.ListenerName).Where(own.Contains))
        {
            var mechanism = config.ValuesOf(listener).String("sasl.mechanism.inter.broker.protocol");
            if (Entry(config, listener, mechanism) is not { } entry)
            {
                throw new ConfigException(
                    $"Brokers cannot log in at each other's listener {listener}: there is no login module for {mechanism}, the value of "
                    + "sasl.mechanism.inter.broker.protocol");
            }

            try
            {
                var values = config.ValuesOf(listener, mechanism);
                var surroundings = new LoginSurroundings(_environment.Random, _environment.Time, _environment.Files, _environment.Http)
                {
                    Kerberos = _environment.Kerberos,
                    KerberosServiceName = values.StringOrNull("sasl.kerberos.service.name"),
                    TokenEndpoint = _oauth.TokenEndpoint(values),
                };
                logins[listener] = LoginModules.LoginBy(mechanism, entry, surroundings);
            }
            catch (JaasException refused)
            {
                throw new ConfigException($"Brokers cannot log in at each other's listener {listener}: {refused.Message}");
            }
        }

        return logins;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Words}")]
    private partial void LogIgnored(string words);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "No one can log in at listener {Listener} by {Mechanism}: its login module is of another mechanism ({Modules})")]
    private partial void LogOtherModule(string listener, string mechanism, string modules);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Listener {Listener} takes passwords by PLAIN without TLS: they can be read on the network")]
    private partial void LogReadable(string listener);

    [LoggerMessage(Level = LogLevel.Error, Message = "The listeners keep the SASL settings they have: {Reason}")]
    private partial void LogKept(string reason);
}
