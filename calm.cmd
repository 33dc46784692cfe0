@echo off
rem calm COMMAND ... : builds what has changed, then runs the command; see the file calm for the choices.
setlocal
set root=%~dp0
set DOTNET_CLI_TELEMETRY_OPTOUT=1
set DOTNET_NOLOGO=1
where dotnet >nul 2>nul || (echo calm: the .NET 10 SDK is not on the PATH; install it from https://dot.net. 1>&2 & exit /b 1)

if "%~1"=="test" (
    dotnet test "%root%Calm.sln" -c Release
    exit /b
)
dotnet build "%root%apps\Calm.Cli" -c Release -v quiet --nologo 1>&2 || (echo calm: the build failed. 1>&2 & exit /b 1)
dotnet "%root%apps\Calm.Cli\bin\Release\net10.0\Calm.Cli.dll" %*
exit /b
