@echo off
rem calm COMMAND ... : builds what has changed, then runs the command; see the file calm for the choices.
setlocal
set root=%~dp0
set choice=%root%Calm.Local.props
set DOTNET_CLI_TELEMETRY_OPTOUT=1
set DOTNET_NOLOGO=1
where dotnet >nul 2>nul || (echo calm: the .NET 10 SDK is not on the PATH; install it from https://dot.net. 1>&2 & exit /b 1)

set wanted=%CALM_GPU%
if "%~1"=="--gpu" (
    set wanted=%~2
    shift & shift
)
set rest=
:collect
if "%~1"=="" goto collected
set rest=%rest% %1
shift
goto collect
:collected

if "%wanted%"=="none" goto write
if "%wanted%"=="ilgpu" goto write
if "%wanted%"=="" if exist "%choice%" goto build
set wanted=none
dotnet restore "%root%Calm.Runtime" -p:GpuBackend=ilgpu >nul 2>nul && set wanted=ilgpu
echo calm: GPU backend: %wanted%. 1>&2
:write
(
    echo ^<Project^>^<PropertyGroup^>
    echo ^<GpuBackend Condition="'$(GpuBackend)' == ''"^>%wanted%^</GpuBackend^>
    echo ^</PropertyGroup^>^</Project^>
) > "%choice%"

:build
for /f "tokens=3 delims=<>" %%b in ('findstr /c:"</GpuBackend>" "%choice%"') do set backend=%%b
for /f "tokens=1" %%c in ("%rest%") do if "%%c"=="test" (
    dotnet test "%root%Calm.sln" -c Release
    exit /b
)
dotnet build "%root%apps\Calm.Cli" -c Release -v quiet --nologo 1>&2 || (echo calm: the build failed. 1>&2 & exit /b 1)
dotnet "%root%apps\Calm.Cli\bin\%backend%\Release\net10.0\Calm.Cli.dll" %rest%
exit /b
